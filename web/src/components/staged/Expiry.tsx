import type { Operation } from '../../api/client.ts';
import { formatDuration, formatTime } from '../../format/format.ts';
import { stagedStrings } from '../../strings/staged.ts';
import { Icon } from '../controls/Icon.tsx';
import styles from './Staged.module.css';

/** The warning begins a day before the removal, or in the last tenth of a shorter lifetime, like the one in the log. */
const warningMs = 86_400_000;

/** When data is removed, with a warning if that is soon; or when and why it was removed. */
export function Expiry({ operation }: { operation: Operation }) {
  const { data, expires_at, finished_at, removed_at, removed_by } = operation;
  if (removed_at !== null) {
    const by = data === 'expired' ? stagedStrings.byLifetime : stagedStrings.byUser(removed_by ?? '');
    return <span>{stagedStrings.removedAt(formatTime(removed_at), by)}</span>;
  }
  if (expires_at === null) return null;
  const leftMs = Date.parse(expires_at) - Date.now();
  const lifetimeMs = Date.parse(expires_at) - Date.parse(finished_at ?? expires_at);
  const isSoon = leftMs <= Math.min(warningMs, lifetimeMs / 10);
  const left = leftMs > 0 ? formatDuration(leftMs / 1000) : undefined;
  return (
    <span className={isSoon ? styles.soon : undefined}>
      {isSoon && <Icon name="clock" />} {stagedStrings.expires(left, formatTime(expires_at))}
    </span>
  );
}
