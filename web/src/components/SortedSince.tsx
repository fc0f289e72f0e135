import { formatTime } from '../format/format.ts';
import { commonStrings } from '../strings/common.ts';

/** Shows that a list by size or duration contains only operations since a time; null: it contains all. */
export function SortedSince({ time }: { time: string | null | undefined }) {
  return time ? <p role="note">{commonStrings.sortedSince(formatTime(time))}</p> : null;
}
