import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { Awaited } from '../../state/requestedNotifications.ts';
import { operationStrings } from '../../strings/operation.ts';
import { Failure } from '../Failure.tsx';
import { Icon } from '../Icon.tsx';
import { NotifyWhenDone } from './NotifyWhenDone.tsx';
import styles from './OperationProgress.module.css';

interface ProgressFactsProps {
  readonly facts: readonly string[];
  /** Whose progress it is. */
  readonly of: Awaited;
  abort(): Promise<unknown>;
}

/** Below a progress bar: the progress in words, and the abort button. */
export function ProgressFacts({ facts, of, abort }: ProgressFactsProps) {
  const aborting = useMutation({ mutationFn: abort });
  return (
    <>
      <div className={styles.line}>
        <p className={styles.facts}>{facts.join(' · ')}</p>
        <NotifyWhenDone {...of} />
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Icon name="close" />}
          loading={aborting.isPending}
          onClick={() => aborting.mutate()}
        >
          {operationStrings.abort}
        </Button>
      </div>
      {aborting.error && <Failure error={aborting.error} />}
    </>
  );
}
