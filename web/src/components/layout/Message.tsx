import type { ReactNode } from 'react';
import { Icon, type IconName } from '../controls/Icon.tsx';
import styles from './Message.module.css';

type MessageKind = 'good' | 'bad' | 'wait' | 'warn' | 'plain';

const icons: Readonly<Record<MessageKind, IconName>> = {
  good: 'check',
  bad: 'alert',
  wait: 'clock',
  warn: 'alert',
  plain: 'info',
};

interface MessageProps {
  readonly kind: MessageKind;
  readonly title: ReactNode;
  readonly children?: ReactNode;
}

/** A message for the reader, with the remedy below. */
export function Message({ kind, title, children }: MessageProps) {
  return (
    <div className={styles.message} data-kind={kind}>
      <Icon name={icons[kind]} />
      <div className={styles.text}>
        <p className={styles.title}>{title}</p>
        {children}
      </div>
    </div>
  );
}
