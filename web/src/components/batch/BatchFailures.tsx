import type { Operation } from '../../api/client.ts';
import type { SeenBatch } from '../../api/operations/batches.ts';
import { hrefs } from '../../routing/useRoute.ts';
import { batchStrings } from '../../strings/batch.ts';
import { commonStrings } from '../../strings/common.ts';
import { remedyOf } from '../../strings/remedies.ts';
import styles from './BatchFailures.module.css';

/** The first failed items of a batch, with reason and remedy; and a link to all of them. */
export function BatchFailures({ batch, hasList }: { batch: SeenBatch; hasList: boolean }) {
  const failed = batch.operations.filter(({ phase }) => phase === 'ERROR');
  const total = batch.counts.ERROR ?? 0;
  if (total === 0) return null;
  return (
    <>
      {!hasList && (
        <ul className={styles.failures} aria-label={batchStrings.failures}>
          {failed.map((operation, index) => (
            <Item
              key={operation.id}
              operation={operation}
              // Many fail for the same reason: the remedy is shown after the last of these.
              hasRemedy={operation.remedy !== failed[index + 1]?.remedy}
            />
          ))}
        </ul>
      )}
      {(hasList || total > failed.length) && (
        <p>
          <a href={hrefs.operations({ batch: batch.id, phase: 'ERROR' })}>
            {batchStrings.allFailures(total)}
          </a>
        </p>
      )}
    </>
  );
}

function Item({ operation, hasRemedy }: { operation: Operation; hasRemedy: boolean }) {
  const { id, local_path_on_storage, error_reason, error_code, remedy } = operation;
  return (
    <li>
      <p>
        <a href={hrefs.operation(id, { batch: operation.batch_id ?? '' })}>
          {local_path_on_storage ?? commonStrings.operationLink(id)}
        </a>{' '}
        <code>{error_code}</code>
      </p>
      <p>{error_reason}</p>
      {hasRemedy && <p className={styles.remedy}>{remedyOf(error_code, remedy)}</p>}
    </li>
  );
}
