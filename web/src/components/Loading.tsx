import { Loader } from '@mantine/core';
import { commonStrings } from '../strings/common.ts';
import styles from './Loading.module.css';

/** That something is on its way, in the place that it will have. Not to be seen for the first 150 ms. */
export function Loading() {
  return (
    <div role="status" className={styles.loading}>
      <Loader size="sm" type="dots" aria-hidden="true" />
      <span>{commonStrings.loading}</span>
    </div>
  );
}
