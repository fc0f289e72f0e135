import { Progress } from '@mantine/core';
import { abortBatch, type SeenBatch } from '../../api/operations/batches.ts';
import { endedItems, partDone } from '../../api/operations/batchProgress.ts';
import { formatDuration, formatRate, formatSize } from '../../format/format.ts';
import { batchStrings } from '../../strings/batch.ts';
import { operationStrings } from '../../strings/operation.ts';
import styles from '../operation/OperationProgress.module.css';
import { ProgressFacts } from '../operation/ProgressFacts.tsx';

/** The progress of a batch, with the share that has failed, and the abort button. */
export function BatchProgress({ batch, title }: { batch: SeenBatch; title: string }) {
  const { phase, counts, operations_total } = batch;
  const failed = (counts.ERROR ?? 0) / Math.max(operations_total, 1);
  const facts = factsOf(batch);
  const isUnknown = phase === 'EXECUTING' && batch.all_or_nothing && batch.bytes_total === 0;
  return (
    <div className={styles.progress}>
      <Progress.Root size="md">
        <Progress.Section
          value={isUnknown ? 100 : 100 * Math.max(partDone(batch) - failed, 0)}
          animated={phase === 'EXECUTING'}
          striped={isUnknown}
          aria-label={batchStrings.progressOf(title)}
          aria-valuetext={facts.join(', ')}
        />
        {failed > 0 && <Progress.Section value={100 * failed} color="red" withAria={false} />}
      </Progress.Root>
      <ProgressFacts facts={facts} of={{ kind: 'batch', id: batch.id }} abort={() => abortBatch(batch.id)} />
    </div>
  );
}

function factsOf(batch: SeenBatch): string[] {
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
  if (bytes_total < bytes_done || (waiting > 0 && !all_or_nothing)) return formatSize(bytes_done);
  return operationStrings.ofTotal(formatSize(bytes_done), formatSize(bytes_total));
}
