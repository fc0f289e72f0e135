import type { ReactNode } from 'react';
import type { Operation } from '../../api/client.ts';
import { hasBatchEnded, isPartlyStaged, retryBatch, type SeenBatch } from '../../api/operations/batches.ts';
import { hrefs } from '../../routing/useRoute.ts';
import { batchStrings } from '../../strings/batch.ts';
import { commonStrings } from '../../strings/common.ts';
import { operationStrings } from '../../strings/operation.ts';
import { remedyOf } from '../../strings/remedies.ts';
import { Message } from '../layout/Message.tsx';
import styles from './Operation.module.css';
import { BatchProgress } from './Progress.tsx';
import { Retry } from './RetryButton.tsx';

interface BatchStateProps {
  readonly batch: SeenBatch;
  readonly title: string;
  /** Whether the items are listed beside this, so that failed ones need not be. */
  readonly hasList?: boolean;
  /** The location of the data, once it is available. */
  readonly children?: ReactNode;
}

/** The progress of a batch, and then its result; the failures so far, and their remedies. */
export function BatchState({ batch, title, hasList = false, children }: BatchStateProps) {
  const isOver = hasBatchEnded(batch);
  const { COMPLETED: completed = 0, ERROR: failed = 0, ABORTED: aborted = 0 } = batch.counts;
  if (isOver && batch.phase === 'COMPLETED') {
    return (
      <Message kind="good" title={successOf(batch)}>
        {children}
      </Message>
    );
  }
  return (
    <>
      {!isOver && <BatchProgress batch={batch} title={title} />}
      {(isOver || failed > 0) && (
        <Message kind={kindOf(batch)} title={failureOf(batch)}>
          {isOver && <Reason batch={batch} />}
          <BatchFailures batch={batch} hasList={hasList} />
          {isOver && completed > 0 && (
            <>
              {failed > 0 && <p>{batchStrings.othersInPlace(completed)}</p>}
              {children}
            </>
          )}
          {failed + aborted > 0 && (isOver || !batch.all_or_nothing) && (
            <Retry retry={() => retryBatch(batch.id)} text={retryText(batch)} />
          )}
          {isOver && failed > 0 && !batch.all_or_nothing && (
            <p>
              <a href={hrefs.stage({ batch: batch.id, phase: 'ERROR' })}>{batchStrings.correct(failed)}</a>
            </p>
          )}
        </Message>
      )}
    </>
  );
}

/** An incomplete result is not a failure, but the reader must check what is missing. */
function kindOf(batch: SeenBatch): 'plain' | 'warn' | 'bad' {
  if (batch.phase === 'ABORTED') return 'plain';
  return isPartlyStaged(batch) ? 'warn' : 'bad';
}

/** Why the whole batch was refused, or was not published. */
function Reason({ batch: { phase, error_reason, error_code } }: { batch: SeenBatch }) {
  if (phase === 'ABORTED' || error_reason === null) return null;
  return (
    <p>
      {error_reason} <code>{error_code}</code>
    </p>
  );
}

function retryText({ counts, all_or_nothing }: SeenBatch): string {
  if (all_or_nothing || (counts.COMPLETED ?? 0) === 0) return operationStrings.retry;
  return (counts.ERROR ?? 0) > 0 ? batchStrings.retryFailed : batchStrings.stageRest;
}

function successOf({ operations_total, already_present }: SeenBatch): string {
  if (already_present === 0) return batchStrings.allStaged(operations_total);
  if (already_present === operations_total) return batchStrings.allPresent(operations_total);
  return `${batchStrings.allInPlace(operations_total)} ${batchStrings.ofThemPresent(already_present)}`;
}

function failureOf(batch: SeenBatch): string {
  const { phase, counts, operations_total, all_or_nothing } = batch;
  const { COMPLETED: completed = 0, ERROR: failed = 0 } = counts;
  if (operations_total === 0) return batchStrings.refused;
  if (phase === 'ABORTED') {
    return completed === 0 ? batchStrings.abortedNothing : batchStrings.abortedRest(completed);
  }
  if (all_or_nothing) return batchStrings.nothingPublished;
  if (failed === operations_total) return batchStrings.allFailed(failed);
  if (isPartlyStaged(batch)) return batchStrings.stagedAndFailed(completed, failed);
  return batchStrings.someFailed(failed, operations_total);
}

/** The first failed items of a batch, with reason and remedy; and a link to all of them. */
function BatchFailures({ batch, hasList }: { batch: SeenBatch; hasList: boolean }) {
  const failed = batch.operations.filter(({ phase }) => phase === 'ERROR');
  const total = batch.counts.ERROR ?? 0;
  if (total === 0) return null;
  return (
    <>
      {!hasList && (
        <ul className={styles.failures} aria-label={batchStrings.failures}>
          {failed.map((operation, index) => (
            <FailedItem
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

function FailedItem({ operation, hasRemedy }: { operation: Operation; hasRemedy: boolean }) {
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
