import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState } from 'react';
import type { ApiError } from '../../api/apiError.ts';
import type { Operation } from '../../api/client.ts';
import { removeStagedData } from '../../api/files/stagedData.ts';
import { formatCount, formatSize } from '../../format/format.ts';
import { stagedStrings } from '../../strings/staged.ts';
import { CopyButton } from '../CopyButton.tsx';
import { Failure } from '../Failure.tsx';
import { Icon } from '../Icon.tsx';
import { Message } from '../Message.tsx';
import styles from './Staged.module.css';
import { removalOf } from './stagedCommands.ts';
import { userPathOf } from './userPath.ts';

/** Removes an operation's staged data, after a confirmation that names it; and shows why a removal was refused. */
export function RemoveData({ operation }: { operation: Operation }) {
  const [isAsking, setAsking] = useState(false);
  const removing = useMutation({
    mutationFn: () => removeStagedData(operation.id),
    onSettled: () => setAsking(false),
  });
  return (
    <>
      {isAsking ? (
        <Question
          operation={operation}
          isBusy={removing.isPending}
          onRemove={() => removing.mutate()}
          onKeep={() => setAsking(false)}
        />
      ) : (
        <div>
          <Button
            size="xs"
            variant="default"
            leftSection={<Icon name="close" />}
            aria-label={stagedStrings.removeThis(operation.relative_path ?? '')}
            onClick={() => setAsking(true)}
          >
            {stagedStrings.remove}
          </Button>
        </div>
      )}
      <div role="status" className={styles.outcome}>
        {removing.error && <Refusal error={removing.error} operation={operation} />}
      </div>
    </>
  );
}

interface QuestionProps {
  readonly operation: Operation;
  readonly isBusy: boolean;
  onRemove(): void;
  onKeep(): void;
}

/** In place rather than over the page: the data stays visible. The focus begins at the button that keeps it. */
function Question({ operation, isBusy, onRemove, onKeep }: QuestionProps) {
  const { relative_path, username, bytes_done, bytes_total, files_done, link_type } = operation;
  const questionId = useId();
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  const size = formatSize(bytes_total ?? bytes_done);
  return (
    <section
      className={styles.outcome}
      aria-labelledby={questionId}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        // In a drawer, it would close that.
        event.stopPropagation();
        onKeep();
      }}
    >
      <Message
        kind="warn"
        title={
          <span id={questionId}>
            {stagedStrings.question(relative_path ?? '', username ?? '', size, formatCount(files_done))}
          </span>
        }
      >
        <p>{link_type === null ? stagedStrings.consequence : stagedStrings.consequenceOfLinks}</p>
        <div className={styles.buttons}>
          <Button size="xs" className={styles.danger} loading={isBusy} onClick={onRemove}>
            {stagedStrings.removeNow}
          </Button>
          <Button ref={keep} size="xs" variant="default" disabled={isBusy} onClick={onKeep}>
            {stagedStrings.keep}
          </Button>
        </div>
      </Message>
    </section>
  );
}

function Refusal({ error, operation }: { error: ApiError; operation: Operation }) {
  const { problem } = error;
  if (problem?.code !== 'DATA_CHANGED' && problem?.code !== 'DATA_GONE') return <Failure error={error} />;
  const command = removalOf(userPathOf(operation));
  return (
    <Message kind="bad" title={stagedStrings.refusals[problem.code]}>
      {problem.code === 'DATA_CHANGED' && (
        <>
          <p>{problem.detail}</p>
          <p>{stagedStrings.removeYourself}</p>
          <p className={styles.step}>
            <code>{command}</code>
            <CopyButton text={command} what={stagedStrings.removeYourself.replace(/:$/, '')} />
          </p>
        </>
      )}
    </Message>
  );
}
