import type { StreamState } from '../api/eventStream.ts';
import { commonStrings } from '../strings/common.ts';
import styles from './LiveMark.module.css';

/** Whether what is shown changes by itself. `waiting` says what is so while it does not. */
export function LiveMark({ state, waiting }: { state: StreamState; waiting: string }) {
  return (
    <span className={styles.mark} data-state={state} role="status">
      {state === 'live' ? commonStrings.live : waiting}
    </span>
  );
}
