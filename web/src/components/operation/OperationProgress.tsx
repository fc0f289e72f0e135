import { Progress } from '@mantine/core';
import type { Operation } from '../../api/client.ts';
import { abortOperation } from '../../api/operations/operations.ts';
import { baseName, formatCount, formatDuration, formatRate, formatSize } from '../../format/format.ts';
import { operationStrings } from '../../strings/operation.ts';
import styles from './OperationProgress.module.css';
import { ProgressFacts } from './ProgressFacts.tsx';

/** The progress of an operation, and the abort button. */
export function OperationProgress({ operation }: { operation: Operation }) {
  const { bytes_done, bytes_total, phase, local_path_on_storage } = operation;
  const facts = factsOf(operation);
  const part = bytes_total ? Math.min(bytes_done / bytes_total, 1) : 0;
  const isUnknown = phase === 'EXECUTING' && !bytes_total;
  return (
    <div className={styles.progress}>
      <Progress.Root size="md">
        <Progress.Section
          value={isUnknown ? 100 : part * 100}
          animated={phase === 'EXECUTING'}
          striped={isUnknown}
          aria-label={operationStrings.progressOf(baseName(local_path_on_storage ?? ''))}
          aria-valuetext={facts.join(', ')}
        />
      </Progress.Root>
      <ProgressFacts
        facts={facts}
        of={{ kind: 'operation', id: operation.id }}
        abort={() => abortOperation(operation.id)}
      />
    </div>
  );
}

function factsOf(operation: Operation): string[] {
  const { phase, bytes_done, bytes_total, files_done, files_total } = operation;
  const { rate_bytes_per_second, seconds_left } = operation;
  if (phase !== 'EXECUTING') return [operationStrings.queued];
  return [
    bytes_total === null
      ? formatSize(bytes_done)
      : operationStrings.ofTotal(formatSize(bytes_done), formatSize(bytes_total)),
    ...(files_total !== null && files_total > 1
      ? [operationStrings.filesOf(formatCount(files_done), formatCount(files_total))]
      : []),
    ...(rate_bytes_per_second ? [formatRate(rate_bytes_per_second)] : []),
    ...(seconds_left === null ? [] : [operationStrings.timeLeft(formatDuration(seconds_left))]),
  ];
}
