import { Loader } from '@mantine/core';
import { commonStrings } from '../strings/common.ts';
import styles from './Loading.module.css';

interface LoadingProps {
  /** How many placeholder rows are shown. */
  readonly rows?: number;
}

/** A loading indicator in the place of the data. Invisible for the first 150 ms. */
export function Loading({ rows = 0 }: LoadingProps) {
  return (
    <div className={styles.place} data-loading>
      <div role="status" className={styles.loading}>
        <Loader size="sm" type="dots" aria-hidden="true" />
        <span>{commonStrings.loading}</span>
      </div>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows have nothing else.
        <div key={row} className={styles.row} aria-hidden="true" />
      ))}
    </div>
  );
}
