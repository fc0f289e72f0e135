import { formatTime } from '../format/format.ts';
import { commonStrings } from '../strings/common.ts';
import styles from './Pages.module.css';

/** Shows that a list by size or duration contains only operations since a time; null: it contains all. */
export function SortedSince({ time }: { time: string | null | undefined }) {
  return time ? <p role="note">{commonStrings.sortedSince(formatTime(time))}</p> : null;
}

/** At the end of a list that has further pages. */
export function ShowMore({ isBusy = false, onMore }: { isBusy?: boolean; onMore(): void }) {
  return (
    <button type="button" className={styles.more} disabled={isBusy} onClick={onMore}>
      {commonStrings.showMore}
    </button>
  );
}
