import { Loader } from '@mantine/core';
import { commonStrings } from '../strings/common.ts';
import styles from './Loading.module.css';

/** A loading indicator in the place of the data. Invisible for the first 150 ms. */
export function Loading() {
  return (
    <div role="status" className={styles.loading}>
      <Loader size="sm" type="dots" aria-hidden="true" />
      <span>{commonStrings.loading}</span>
    </div>
  );
}
