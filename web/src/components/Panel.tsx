import { type ReactNode, useId } from 'react';
import styles from './Panel.module.css';

interface PanelProps {
  readonly title: string;
  /** Content at the far end of the title's line. */
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a view with its own heading. */
export function Panel({ title, tools, children }: PanelProps) {
  const titleId = useId();
  return (
    <section className={styles.panel} aria-labelledby={titleId}>
      <div className={styles.line}>
        <h2 id={titleId} className={styles.title}>
          {title}
        </h2>
        {tools}
      </div>
      {children}
    </section>
  );
}
