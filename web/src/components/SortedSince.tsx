import { formatTime } from '../format/format.ts';
import { commonStrings } from '../strings/common.ts';

/** Says of a list by size or duration that it has only what is newer than a time; null: it has all. */
export function SortedSince({ time }: { time: string | null | undefined }) {
  return time ? <p role="note">{commonStrings.sortedSince(formatTime(time))}</p> : null;
}
