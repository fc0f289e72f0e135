import { type FormEvent, useState } from 'react';
import { Answer } from './Answer.tsx';
import { type ApiError, toApiError } from './api.ts';
import { MethodChoice } from './MethodChoice.tsx';
import { SourceBrowser } from './SourceBrowser.tsx';
import { StageResult } from './StageResult.tsx';
import type { StagedAnswer } from './schemas.ts';
import { prepareDownload, type StagingOrder, stage } from './service.ts';
import { TextField } from './TextField.tsx';
import { followSource } from './target.ts';
import { useRememberedText } from './useRememberedText.ts';

/** How the last staging ended. `downloadUrl`: the browser downloads from there now. */
export type StagingEnd =
  | { readonly staged: StagedAnswer }
  | { readonly downloadUrl: string; readonly source: string }
  | { readonly error: ApiError };

interface StagePanelProps {
  readonly source: string;
  onSource(source: string): void;
}

/** The form that stages, with its answer below it. */
export function StagePanel({ source, onSource }: StagePanelProps) {
  const [method, setMethod] = useState('');
  const [username, setUsername] = useRememberedText('username');
  const [typedTarget, setTypedTarget] = useState({ source: '', target: '' });
  const [jupyterToken, setJupyterToken] = useState('');
  const [isBrowsing, setBrowsing] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [end, setEnd] = useState<StagingEnd>();
  const target = followSource(typedTarget, source);

  function changeSource(next: string): void {
    setTypedTarget({ source: next, target: followSource({ source, target }, next) });
    onSource(next);
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setEnd(undefined);
    setEnd(
      await carryOut({
        method,
        username,
        source,
        target,
        jupyterToken: method === 'jupyter_copy' ? jupyterToken : '',
      }),
    );
    setBusy(false);
  }

  return (
    <section className="card" aria-labelledby="stage-title">
      <h2 id="stage-title">Stage data</h2>
      <form onSubmit={submit}>
        <TextField
          label="Source path"
          value={source}
          onValue={changeSource}
          placeholder="survey/image.fits"
        />
        <button
          type="button"
          className="quiet"
          aria-expanded={isBrowsing}
          onClick={() => setBrowsing(!isBrowsing)}
        >
          {isBrowsing ? 'Close the list' : 'Browse the storage'}
        </button>
        {isBrowsing && (
          <SourceBrowser
            onChoose={(path) => {
              changeSource(path);
              setBrowsing(false);
            }}
          />
        )}
        <MethodChoice method={method} onMethod={setMethod} />
        <TextField label="Username" value={username} onValue={setUsername} autoComplete="username" />
        {method !== 'direct_download' && (
          <TextField
            label="Destination"
            value={target}
            onValue={(typed) => setTypedTarget({ source, target: typed })}
            hint={`Path in your ${method === 'jupyter_copy' ? 'notebook server' : 'user area'}. Missing folders are made.`}
          />
        )}
        {method === 'jupyter_copy' && (
          <TextField
            label="Your JupyterHub token (optional)"
            type="password"
            isOptional
            value={jupyterToken}
            onValue={setJupyterToken}
            hint="For this request only; it is not stored. Without it, the service uses its own token."
          />
        )}
        <button type="submit" className="primary" aria-disabled={isBusy}>
          {isBusy ? 'Staging…' : method === 'direct_download' ? 'Download' : 'Stage'}
        </button>
      </form>
      <Answer about={isBusy ? 'busy' : end}>
        {isBusy && (
          <p className="muted">Staging. Large data takes a while; the operations show how far it is.</p>
        )}
        {end && <StageResult end={end} />}
      </Answer>
    </section>
  );
}

async function carryOut(order: StagingOrder): Promise<StagingEnd> {
  try {
    if (order.method !== 'direct_download') return { staged: await stage(order) };
    return { downloadUrl: await prepareDownload(order), source: order.source };
  } catch (thrown) {
    return { error: toApiError(thrown) };
  }
}
