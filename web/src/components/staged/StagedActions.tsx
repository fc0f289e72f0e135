import type { Operation } from '../../api/client.ts';
import { DataState } from './DataState.tsx';
import { RemoveData } from './RemoveData.tsx';
import styles from './Staged.module.css';

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
