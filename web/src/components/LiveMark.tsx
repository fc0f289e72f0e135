import type { StreamState } from '../api/eventStream.ts';
import { commonStrings } from '../strings/common.ts';
import styles from './LiveMark.module.css';

/** Whether the shown data is updated live. `waiting` is the text while it is not. */
export function LiveMark({ state, waiting }: { state: StreamState; waiting: string }) {
  return (
    <span className={styles.mark} data-state={state} role="status">
      {state === 'live' ? commonStrings.live : waiting}
    </span>
  );
}
