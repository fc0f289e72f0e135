import type { ReactNode } from 'react';
import styles from './ViewTitle.module.css';

interface ViewTitleProps {
  readonly title: string;
  /** The purpose of the view, in one sentence. */
  readonly hint?: string;
  /** Content at the far end of the title's line. */
  readonly children?: ReactNode;
}

/** The heading of a view. */
export function ViewTitle({ title, hint, children }: ViewTitleProps) {
  return (
    <div className={styles.line}>
      <div>
        <h1 className={styles.title}>{title}</h1>
        {hint && <p className={styles.hint}>{hint}</p>}
      </div>
      {children}
    </div>
  );
}
