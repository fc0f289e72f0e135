import { isPartlyStaged, useBatch } from '../../api/operations/batches.ts';
import { BatchFacts } from '../../components/batch/BatchFacts.tsx';
import { BatchState } from '../../components/batch/BatchState.tsx';
import { Loaded } from '../../components/Failure.tsx';
import { PhaseBadge } from '../../components/operation/PhaseBadge.tsx';
import { Panel } from '../../components/Panel.tsx';
import { hrefs } from '../../routing/useRoute.ts';
import { batchStrings } from '../../strings/batch.ts';
import { operationsStrings } from '../../strings/operations.ts';
import styles from './Operations.module.css';

interface BatchPanelProps {
  readonly id: string;
  readonly parameters: URLSearchParams;
}

/** The batch whose operations are listed. */
export function BatchPanel({ id, parameters }: BatchPanelProps) {
  const query = useBatch(id);
  const all = hrefs.operations({ ...Object.fromEntries(parameters), batch: undefined });
  return (
    <div className={styles.batch}>
      <Panel title={operationsStrings.batch} tools={<a href={all}>{operationsStrings.allOperations}</a>}>
        <Loaded query={query}>
          {(batch) => {
            const title = batchStrings.title(batch.operations_total, batch.relative_path ?? '');
            return (
              <div className={styles.parts}>
                <div className={styles.batchTitle}>
                  <strong>{title}</strong>
                  <code>{batch.method}</code>
                  <span>{batch.username}</span>
                  <PhaseBadge operation={{ phase: batch.phase, isPartial: isPartlyStaged(batch) }} />
                </div>
                <BatchState batch={batch} title={title} hasList />
                <p>
                  <a href={hrefs.stage({ batch: id })}>{batchStrings.again}</a>
                </p>
                <div className={styles.batchFacts}>
                  <BatchFacts batch={batch} />
                </div>
              </div>
            );
          }}
        </Loaded>
      </Panel>
    </div>
  );
}
