import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Operation } from '../../api/client.ts';
import { type StagedState, stagedStateQuery } from '../../api/files/stagedData.ts';
import { stagedStrings } from '../../strings/staged.ts';
import { Failure } from '../Failure.tsx';
import { Icon } from '../Icon.tsx';
import { Message } from '../Message.tsx';
import { newVersionOf } from './newTargetName.ts';
import styles from './Staged.module.css';

/** Whether staged data still exists as it was staged, and matches its source: checked on request. */
export function DataState({ operation }: { operation: Operation }) {
  const [isAsked, setAsked] = useState(false);
  const query = useQuery({ ...stagedStateQuery(operation.id), enabled: isAsked });
  const check = () => (isAsked ? void query.refetch() : setAsked(true));
  return (
    <>
      <div>
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name="search" />}
          loading={query.isFetching}
          onClick={check}
        >
          {stagedStrings.check}
        </Button>
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
