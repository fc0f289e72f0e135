import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState } from 'react';
import type { ApiError } from '../../api/apiError.ts';
import type { Operation } from '../../api/client.ts';
import { removeStagedData, type StagedState, stagedStateQuery } from '../../api/files/stagedData.ts';
import { formatCount, formatSize } from '../../format/format.ts';
import { stagedStrings } from '../../strings/staged.ts';
import { ActionButton } from '../controls/ActionButton.tsx';
import { CopyLine } from '../controls/CopyButton.tsx';
import { Failure } from '../layout/Loaded.tsx';
import { Message } from '../layout/Message.tsx';
import { newVersionOf } from './OtherVersion.tsx';
import styles from './Staged.module.css';
import { removalOf, userPathOf } from './stagedCommands.ts';

/** The service's actions on existing staged data: check it, and remove it. */
export function StagedActions({ operation }: { operation: Operation }) {
  if (operation.data !== 'present') return null;
  return (
    <div className={styles.actions}>
      <DataState operation={operation} />
      <RemoveData operation={operation} />
    </div>
  );
}

/** Whether staged data still exists as it was staged, and matches its source: checked on request. */
function DataState({ operation }: { operation: Operation }) {
  const [isAsked, setAsked] = useState(false);
  const query = useQuery({ ...stagedStateQuery(operation.id), enabled: isAsked });
  const check = () => (isAsked ? void query.refetch() : setAsked(true));
  return (
    <>
      <div>
        <ActionButton icon="search" loading={query.isFetching} onClick={check}>
          {stagedStrings.check}
        </ActionButton>
      </div>
      <div role="status" className={styles.outcome}>
        {query.error && <Failure error={query.error} />}
        {query.data && <State operation={operation} seen={query.data} />}
      </div>
    </>
  );
}

function State({ operation, seen }: { operation: Operation; seen: StagedState }) {
  const { state, source, reason } = seen;
  if (state !== 'present') {
    return (
      <Message kind="warn" title={stagedStrings.states[state]}>
        {state === 'changed' && <p>{reason}</p>}
      </Message>
    );
  }
  if (source !== 'differs') {
    return (
      <Message kind="good" title={stagedStrings.states.present}>
        <p>{stagedStrings.sources[source ?? 'unknown']}</p>
      </Message>
    );
  }
  const { target, href } = newVersionOf(operation);
  return (
    <Message kind="warn" title={stagedStrings.sources.differs}>
      <p>
        {stagedStrings.states.present} <a href={href}>{stagedStrings.stageNew(target)}</a>
      </p>
    </Message>
  );
}

/** Removes an operation's staged data, after a confirmation that names it; and shows why a removal was refused. */
function RemoveData({ operation }: { operation: Operation }) {
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
          <ActionButton
            icon="close"
            aria-label={stagedStrings.removeThis(operation.relative_path ?? '')}
            onClick={() => setAsking(true)}
          >
            {stagedStrings.remove}
          </ActionButton>
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
          <CopyLine text={command} what={stagedStrings.removeYourself.replace(/:$/, '')} />
        </>
      )}
    </Message>
  );
}
