import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Operation } from '../../api/client.ts';
import { type DigestsProgress, saveDigests } from '../../api/files/stagedData.ts';
import { hrefs } from '../../routing/useRoute.ts';
import { operationStrings } from '../../strings/operation.ts';
import { stagedStrings } from '../../strings/staged.ts';
import { ActionButton } from '../controls/ActionButton.tsx';
import { CopyLine } from '../controls/CopyButton.tsx';
import { Icon } from '../controls/Icon.tsx';
import { Failure } from '../layout/Loaded.tsx';
import styles from './Staged.module.css';
import { openingOf, removalOf, userPathOf, writableCopyOf } from './stagedCommands.ts';

/** The next steps with staged data: find it, open it, change a copy of it, verify it, share it, remove it. */
export function NextSteps({ operation }: { operation: Operation }) {
  const { id, method, open_url, data } = operation;
  const isInNotebook = method === 'jupyter_copy';
  const place = userPathOf(operation);
  const opening = openingOf(place);
  const steps = stagedStrings.nextSteps;
  return (
    <section className={styles.steps} aria-label={stagedStrings.next}>
      <div className={styles.buttons}>
        {open_url !== null && (
          <a className={styles.button} href={open_url} target="_blank" rel="noreferrer">
            <Icon name="notebook" /> {stagedStrings.openInJupyter}
          </a>
        )}
        {data === 'present' && <DigestsButton operation={operation} />}
      </div>
      <Step title={isInNotebook ? steps.placeInNotebook : steps.place} text={place} />
      {opening !== undefined && <Step title={steps.open} text={opening} />}
      <Step title={isInNotebook ? steps.copyInNotebook : steps.copy} text={writableCopyOf(place)} />
      <Step title={steps.link} text={location.origin + location.pathname + hrefs.operation(id)} />
      <Step title={isInNotebook ? steps.removeInNotebook : steps.remove} text={removalOf(place)} />
    </section>
  );
}

function Step({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <p>{title}</p>
      <CopyLine text={text} what={title.replace(/:$/, '')} />
    </div>
  );
}

/** Saves the checksums of all staged files; those of a tree may have to be computed. */
function DigestsButton({ operation: { id } }: { operation: Operation }) {
  const [progress, setProgress] = useState<DigestsProgress>();
  const saving = useMutation({ mutationFn: () => saveDigests(id, setProgress) });
  const done = progress ? operationStrings.ofTotal(progress.bytes_done, progress.bytes_total) : '';
  return (
    <>
      <ActionButton
        icon="download"
        loading={saving.isPending}
        title={stagedStrings.digestsHint}
        onClick={() => saving.mutate()}
      >
        {stagedStrings.digests}
      </ActionButton>
      {saving.isPending && <span role="status">{stagedStrings.computing(done)}</span>}
      {saving.error && <Failure error={saving.error} />}
    </>
  );
}
