import type { ReactNode } from 'react';
import styles from './ScrollBox.module.css';

/** Content of any length in a box of limited height. */
export function ScrollBox({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1).
    <section className={styles.box} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
