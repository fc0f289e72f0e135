import { type FormEvent, useState } from 'react';
import { Answer } from './Answer.tsx';
import { type ApiError, toApiError } from './api.ts';
import { Failure } from './Failure.tsx';
import { createFile } from './service.ts';
import { TextField } from './TextField.tsx';
import { hrefs } from './useRoute.ts';

type CreationEnd = { readonly message: string; readonly path: string } | { readonly error: ApiError };

/** The form that creates a text file in the source storage, and offers to stage it. */
export function CreateFilePanel({ onStage }: { onStage(path: string): void }) {
  const [filename, setFilename] = useState('');
  const [content, setContent] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [end, setEnd] = useState<CreationEnd>();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setEnd(undefined);
    setEnd(await createFile(filename, content).catch((thrown: unknown) => ({ error: toApiError(thrown) })));
    setBusy(false);
  }

  return (
    <section className="card narrow" aria-labelledby="create-title">
      <h2 id="create-title">Create a file</h2>
      <p className="muted">
        A small text file in the source storage, to try staging with. No file is ever replaced.
      </p>
      <form onSubmit={submit}>
        <TextField label="File name" value={filename} onValue={setFilename} placeholder="notes/hello.txt" />
        <label>
          Content
          <textarea rows={8} value={content} onChange={(event) => setContent(event.target.value)} />
        </label>
        <button type="submit" className="primary" aria-disabled={isBusy}>
          {isBusy ? 'Creating…' : 'Create'}
        </button>
      </form>
      <Answer about={end}>
        {end && 'error' in end && (
          <Failure error={end.error} remedy="Try again when the service answers again." />
        )}
        {end && 'message' in end && (
          <div className="notice good">
            <p>
              <strong>{end.message}</strong>
            </p>
            <p>
              <a href={hrefs.stage} onClick={() => onStage(end.path)}>
                Stage this file
              </a>
            </p>
          </div>
        )}
      </Answer>
    </section>
  );
}
