import type { StreamState } from '../api/eventStream.ts';
import { commonStrings } from '../strings/common.ts';
import styles from './LiveMark.module.css';

/** Whether the shown data is updated live. */
export function LiveMark({ state }: { state: StreamState }) {
  return (
    <span className={styles.mark} data-state={state} role="status">
      {commonStrings.streamStates[state]}
    </span>
  );
}
