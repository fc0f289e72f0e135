import { useState } from 'react';
import type { Operation } from '../../api/client.ts';
import { BreakablePath } from '../../components/BreakablePath.tsx';
import { Expiry } from '../../components/staged/Expiry.tsx';
import { NextSteps } from '../../components/staged/NextSteps.tsx';
import { StagedActions } from '../../components/staged/StagedActions.tsx';
import { formatCount, formatDuration, formatSize, formatTime } from '../../format/format.ts';
import { hrefs } from '../../routing/useRoute.ts';
import { dataStrings } from '../../strings/staged.ts';
import styles from './Data.module.css';

interface StagedItemProps {
  readonly operation: Operation;
  /** Whether it shows its user. */
  readonly hasUser: boolean;
}

/** One staged file or folder. */
export function StagedItem({ operation, hasUser }: StagedItemProps) {
  const { id, relative_path, local_path_on_storage, username, data } = operation;
  const [isOpen, setOpen] = useState(false);
  return (
    <li className={styles.item}>
      <article aria-label={relative_path ?? id}>
        <h2 className={styles.name}>
          <a href={hrefs.operation(id)}>
            <BreakablePath path={relative_path ?? id} />
          </a>
        </h2>
        <p className={styles.facts}>
          {hasUser && <strong>{username}</strong>}
          {factsOf(operation).map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
          <Age operation={operation} />
          <Expiry operation={operation} />
        </p>
        <p className={styles.source}>
          <BreakablePath path={local_path_on_storage ?? ''} />
        </p>
        <StagedActions operation={operation} />
        {data === 'present' && (
          <details className={styles.details} onToggle={(event) => setOpen(event.currentTarget.open)}>
            <summary>{dataStrings.steps}</summary>
            {isOpen && <NextSteps operation={operation} />}
          </details>
        )}
      </article>
    </li>
  );
}

function factsOf({ bytes_total, bytes_done, files_done, link_type }: Operation): string[] {
  return [
    formatSize(bytes_total ?? bytes_done),
    ...(files_done > 1 ? [dataStrings.files(formatCount(files_done))] : []),
    ...(link_type === null ? [] : [dataStrings.links[link_type]]),
  ];
}

function Age({ operation: { finished_at } }: { operation: Operation }) {
  if (finished_at === null) return null;
  const seconds = Math.max(0, (Date.now() - Date.parse(finished_at)) / 1000);
  return (
    <time dateTime={finished_at} title={formatTime(finished_at)}>
      {dataStrings.age(formatDuration(seconds))}
    </time>
  );
}
