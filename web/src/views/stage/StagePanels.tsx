import { Button } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import {
  type ReactNode,
  type SubmitEvent,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { SiteConfig } from '../../api/client.ts';
import { useCaller } from '../../api/session.ts';
import { formatCount } from '../../format/format.ts';
import { useRememberedUsername } from '../../state/username.ts';
import { stageStrings } from '../../strings/stage.ts';
import { DestinationPanel } from './destination/DestinationPanel.tsx';
import { DownloadScript } from './destination/DownloadScript.tsx';
import { MethodPanel, methodChoices } from './destination/MethodPanel.tsx';
import styles from './StagePanels.module.css';
import { SourcePanel } from './source/SourcePanel.tsx';
import {
  batchOf,
  canBeAllOrNothing,
  checkForm,
  emptyForm,
  type FormErrors,
  isForBatch,
  ordersOf,
  type StageForm,
  sourcesOf,
} from './stageForm.ts';
import { submit, submitBatch } from './submit.ts';

/** The input is kept while another view is shown. */
let draft: StageForm = emptyForm;

/** The context of the staging form. */
export interface StagePanelsProps {
  readonly config: SiteConfig;
  /** The request in a link. */
  readonly parameters: URLSearchParams;
  /** The form's initial values, if they are not in the link. */
  readonly start?: StageForm | undefined;
  /** The result of a request. */
  readonly children: ReactNode;
}

/** The staging form: what, how, and where to. */
export function StagePanels({ config, parameters, start, children }: StagePanelsProps) {
  const [username, rememberUsername] = useRememberedUsername();
  const [form, setForm] = useState(() => start ?? formOf(parameters));
  const caller = useCaller();
  const [wasSent, setSent] = useState(false);
  const element = useRef<HTMLFormElement>(null);
  // From any field.
  useHotkeys([['mod+Enter', () => element.current?.requestSubmit()]], []);
  useEffect(() => {
    draft = form;
  }, [form]);

  // A long list is parsed after the input is shown.
  const pasted = useDeferredValue(form.pasted);
  const sources = useMemo(() => sourcesOf({ picked: form.picked, pasted }), [form.picked, pasted]);
  const choices = methodChoices(config, sources);
  const method =
    choices.find((choice) => choice.name === form.method && !choice.problem) ??
    choices.find((choice) => !choice.problem);
  const chosen = method?.name ?? '';
  const user = form.username || caller?.username || username;
  const whole = useMemo(() => ({ ...form, method: chosen, username: user }), [form, chosen, user]);
  const errors = useMemo(
    (): FormErrors => (wasSent ? checkForm(whole, sources, config) : {}),
    [wasSent, whole, sources, config],
  );
  const change = (changed: Partial<StageForm>) => setForm({ ...form, ...changed });

  function send(event: SubmitEvent): void {
    event.preventDefault();
    setSent(true);
    const all = sourcesOf(whole);
    if (Object.keys(checkForm(whole, all, config)).length > 0) {
      // The fields are marked once this is rendered.
      requestAnimationFrame(() =>
        element.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-invalid]')?.focus(),
      );
      return;
    }
    setSent(false);
    const orders = ordersOf(whole, all, config);
    if (isForBatch(whole, all)) {
      const isAllOrNothing = whole.isAllOrNothing && canBeAllOrNothing(whole, all);
      const { order, items } = batchOf({ ...whole, isAllOrNothing }, orders);
      void submitBatch(order, items);
    } else void submit(orders, whole.method === 'jupyter_copy' ? whole.jupyterToken : '');
  }

  return (
    <form ref={element} className={styles.columns} onSubmit={send} noValidate>
      <SourcePanel form={form} sources={sources} onChange={change} config={config} problem={errors.sources} />
      <div className={styles.column}>
        <MethodPanel choices={choices} chosen={whole.method} onChoose={(name) => change({ method: name })} />
        <DestinationPanel
          form={whole}
          sources={sources}
          config={config}
          errors={errors}
          onChange={(changed) => {
            if (changed.username !== undefined) rememberUsername(changed.username);
            change(changed);
          }}
        />
        <div className={styles.submit} data-chosen={sources.length > 0 || undefined}>
          <Button type="submit" size="md" fullWidth>
            {submitLabel(whole.method, sources.length)}
          </Button>
        </div>
        {whole.method === 'direct_download' && sources.length > 1 && (
          <div>
            <DownloadScript sources={sources} config={config} />
          </div>
        )}
      </div>
      {children}
    </form>
  );
}

function formOf(parameters: URLSearchParams): StageForm {
  const source = parameters.get('source');
  if (source === null) return draft;
  const target = parameters.get('target') ?? '';
  const nameStart = target.lastIndexOf('/') + 1;
  return {
    ...emptyForm,
    picked: [source],
    method: parameters.get('method') ?? '',
    username: parameters.get('username') ?? '',
    folder: target.slice(0, nameStart),
    name: target.slice(nameStart) || undefined,
  };
}

function submitLabel(method: string, count: number): string {
  if (method === 'direct_download')
    return count > 1 ? stageStrings.downloadMany(formatCount(count)) : stageStrings.download;
  return count > 1 ? stageStrings.stageMany(formatCount(count)) : stageStrings.stage;
}
