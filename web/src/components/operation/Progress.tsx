import { Button, Progress } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Operation } from '../../api/client.ts';
import { abortBatch, type SeenBatch } from '../../api/operations/batches.ts';
import { endedItems, partDone } from '../../api/operations/batchProgress.ts';
import { abortOperation } from '../../api/operations/operations.ts';
import { formatCount, formatDuration, formatRate } from '../../format/format.ts';
import { baseName } from '../../format/paths.ts';
import {
  type Awaited,
  cancelNotification,
  requestNotification,
  useRequestedNotifications,
} from '../../state/requestedNotifications.ts';
import { batchStrings } from '../../strings/batch.ts';
import { operationStrings } from '../../strings/operation.ts';
import { Icon } from '../controls/Icon.tsx';
import { Failure } from '../layout/Loaded.tsx';
import styles from './Operation.module.css';

/** The progress of an operation, and the abort button. */
export function OperationProgress({ operation }: { operation: Operation }) {
  const { bytes_done, bytes_total, phase, local_path_on_storage } = operation;
  return (
    <ProgressBar
      of={{ kind: 'operation', id: operation.id }}
      label={operationStrings.progressOf(baseName(local_path_on_storage ?? ''))}
      facts={factsOf(operation)}
      part={bytes_total ? Math.min(bytes_done / bytes_total, 1) : 0}
      isRunning={phase === 'EXECUTING'}
      isUnknown={phase === 'EXECUTING' && !bytes_total}
      abort={() => abortOperation(operation.id)}
    />
  );
}

function factsOf(operation: Operation): string[] {
  const { phase, bytes_done, bytes_total, files_done, files_total } = operation;
  const { rate_bytes_per_second, seconds_left } = operation;
  if (phase !== 'EXECUTING') return [operationStrings.queued];
  return [
    operationStrings.ofTotal(bytes_done, bytes_total),
    ...(files_total !== null && files_total > 1
      ? [operationStrings.filesOf(formatCount(files_done), formatCount(files_total))]
      : []),
    ...(rate_bytes_per_second ? [formatRate(rate_bytes_per_second)] : []),
    ...(seconds_left === null ? [] : [operationStrings.timeLeft(formatDuration(seconds_left))]),
  ];
}

/** The progress of a batch, with the share that has failed, and the abort button. */
export function BatchProgress({ batch, title }: { batch: SeenBatch; title: string }) {
  const { phase, counts, operations_total } = batch;
  const failed = (counts.ERROR ?? 0) / Math.max(operations_total, 1);
  return (
    <ProgressBar
      of={{ kind: 'batch', id: batch.id }}
      label={batchStrings.progressOf(title)}
      facts={batchFactsOf(batch)}
      part={Math.max(partDone(batch) - failed, 0)}
      failed={failed}
      isRunning={phase === 'EXECUTING'}
      isUnknown={phase === 'EXECUTING' && batch.all_or_nothing && batch.bytes_total === 0}
      abort={() => abortBatch(batch.id)}
    />
  );
}

function batchFactsOf(batch: SeenBatch): string[] {
  const { phase, counts, operations_total, already_present, bytes_done, all_or_nothing, speed } = batch;
  if (phase === 'PENDING') return [batchStrings.receiving];
  if (phase === 'QUEUED') return [batchStrings.queued];
  const failed = counts.ERROR ?? 0;
  return [
    all_or_nothing
      ? batchStrings.together(operations_total)
      : batchStrings.done(endedItems(batch), operations_total),
    ...(failed > 0 ? [batchStrings.failed(failed)] : []),
    ...(already_present > 0 ? [batchStrings.present(already_present)] : []),
    ...(bytes_done > 0 ? [sizeOf(batch)] : []),
    ...(speed.bytesPerSecond ? [formatRate(speed.bytesPerSecond)] : []),
    ...(speed.secondsLeft === undefined
      ? []
      : [operationStrings.timeLeft(formatDuration(speed.secondsLeft))]),
  ];
}

/** The total is known when all items have started. */
function sizeOf({ counts, bytes_done, bytes_total, all_or_nothing }: SeenBatch): string {
  const waiting = (counts.QUEUED ?? 0) + (counts.PENDING ?? 0);
  const isKnown = bytes_total >= bytes_done && (waiting === 0 || all_or_nothing);
  return operationStrings.ofTotal(bytes_done, isKnown ? bytes_total : null);
}

interface ProgressBarProps {
  /** Whose progress it is. */
  readonly of: Awaited;
  readonly label: string;
  readonly facts: readonly string[];
  /** How much is done, from 0 to 1, and how much has failed. */
  readonly part: number;
  readonly failed?: number;
  readonly isRunning: boolean;
  readonly isUnknown: boolean;
  abort(): Promise<unknown>;
}

/** A bar, and below it the progress in words, and the abort button. */
function ProgressBar({ of, label, facts, part, failed = 0, isRunning, isUnknown, abort }: ProgressBarProps) {
  const aborting = useMutation({ mutationFn: abort });
  return (
    <div className={styles.progress}>
      <Progress.Root size="md">
        <Progress.Section
          value={isUnknown ? 100 : 100 * part}
          animated={isRunning}
          striped={isUnknown}
          aria-label={label}
          aria-valuetext={facts.join(', ')}
        />
        {failed > 0 && <Progress.Section value={100 * failed} color="red" withAria={false} />}
      </Progress.Root>
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
    </div>
  );
}

/** Makes the browser notify the user of an end, even if another window is in front. A click requests the permission. */
function NotifyWhenDone({ kind, id }: Awaited) {
  const isAwaited = useRequestedNotifications().some((one) => one.id === id);
  const [isRefused, setRefused] = useState(false);
  // Browsers offer it only on pages loaded by https, or from this machine.
  if (!('Notification' in window)) return null;
  const toggle = async () => {
    if (isAwaited) {
      cancelNotification(id);
      return;
    }
    const isAllowed = (await Notification.requestPermission()) === 'granted';
    setRefused(!isAllowed);
    if (isAllowed) requestNotification({ kind, id });
  };
  return (
    <>
      <Button
        size="compact-sm"
        variant="subtle"
        aria-pressed={isAwaited}
        leftSection={<Icon name={isAwaited ? 'check' : 'clock'} />}
        onClick={() => void toggle()}
      >
        {isAwaited ? operationStrings.willNotify : operationStrings.notify}
      </Button>
      <span role="status">{isRefused && operationStrings.cannotTell}</span>
    </>
  );
}
