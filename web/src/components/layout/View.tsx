import { type ReactNode, useId } from 'react';
import type { StreamState } from '../../api/eventStream.ts';
import { commonStrings } from '../../strings/common.ts';
import styles from './View.module.css';

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
      {children && <div className={styles.tools}>{children}</div>}
    </div>
  );
}

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
      <div className={styles.panelLine}>
        <h2 id={titleId} className={styles.panelTitle}>
          {title}
        </h2>
        {tools}
      </div>
      {children}
    </section>
  );
}

/** Whether the shown data is updated live. */
export function LiveMark({ state }: { state: StreamState }) {
  return (
    <span className={styles.mark} data-state={state} role="status">
      {commonStrings.streamStates[state]}
    </span>
  );
}
