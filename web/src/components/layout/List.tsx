import type { ReactNode } from 'react';
import { formatTime } from '../../format/format.ts';
import { commonStrings } from '../../strings/common.ts';
import { BreakablePath } from './BreakablePath.tsx';
import styles from './List.module.css';

/** Shows that a list by size or duration contains only operations since a time; null: it contains all. */
export function SortedSince({ time }: { time: string | null | undefined }) {
  return time ? <p role="note">{commonStrings.sortedSince(formatTime(time))}</p> : null;
}

/** Items, one below the other. */
export function ItemList({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul className={styles.items} aria-label={label}>
      {children}
    </ul>
  );
}

interface ListItemProps {
  readonly name: string;
  readonly href: string;
  readonly badge?: ReactNode;
  /** Short ones, in one line. */
  readonly facts: ReactNode;
  readonly children?: ReactNode;
}

/** An item of a list. */
export function ListItem({ name, href, badge, facts, children }: ListItemProps) {
  return (
    <li className={styles.item}>
      <article aria-label={name}>
        <h2 className={styles.name}>
          <a href={href}>
            <BreakablePath path={name} />
          </a>
          {badge}
        </h2>
        <p className={styles.facts}>{facts}</p>
        {children}
      </article>
    </li>
  );
}

/** At the end of a list that has further pages. */
export function ShowMore({ isBusy = false, onMore }: { isBusy?: boolean; onMore(): void }) {
  return (
    <button type="button" className={styles.more} disabled={isBusy} onClick={onMore}>
      {commonStrings.showMore}
    </button>
  );
}
