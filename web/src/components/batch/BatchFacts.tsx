import type { SeenBatch } from '../../api/operations/batches.ts';
import { formatCount, formatDuration, formatExactSize } from '../../format/format.ts';
import { batchStrings } from '../../strings/batch.ts';
import styles from '../operation/OperationFacts.module.css';

/** The results of a batch's items, in numbers. */
export function BatchFacts({ batch }: { batch: SeenBatch }) {
  const { id, counts, already_present, bytes_done, created_at, finished_at } = batch;
  const { facts } = batchStrings;
  const { COMPLETED: completed = 0, ERROR: failed = 0, ABORTED: aborted = 0 } = counts;
  const numbers: readonly [string, number][] = [
    [facts.staged, completed - already_present],
    [facts.present, already_present],
    [facts.failed, failed],
    [facts.aborted, aborted],
  ];
  const took = finished_at && (Date.parse(finished_at) - Date.parse(created_at)) / 1000;
  const rows: readonly [string, string][] = [
    ...numbers
      .filter(([, count]) => count > 0)
      .map(([name, count]): [string, string] => [name, formatCount(count)]),
    ...(bytes_done > 0 ? [[facts.size, formatExactSize(bytes_done)] satisfies [string, string]] : []),
    ...(took === null || took === '' ? [] : [[facts.took, formatDuration(took)] satisfies [string, string]]),
    [facts.id, id],
  ];
  return (
    <dl className={styles.facts}>
      {rows.map(([name, value]) => (
        <div key={name} className={styles.fact}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
