import type { Operation } from '../api/client.ts';
import { commonStrings } from '../strings/common.ts';
import { Icon, type IconName } from './Icon.tsx';
import styles from './PhaseBadge.module.css';

const icons: Readonly<Record<Operation['phase'], IconName>> = {
  PENDING: 'clock',
  QUEUED: 'clock',
  EXECUTING: 'retry',
  COMPLETED: 'check',
  ERROR: 'alert',
  ABORTED: 'close',
};

export interface PhaseBadgeProps {
  readonly operation: Pick<Operation, 'phase'> & Partial<Pick<Operation, 'outcome'>>;
}

/** Where an operation or a batch stands, in a word and a colour. */
export function PhaseBadge({ operation: { phase, outcome } }: PhaseBadgeProps) {
  return (
    <span className={styles.badge} data-phase={phase}>
      <Icon name={icons[phase]} />
      {outcome === 'already_present' ? commonStrings.alreadyPresent : commonStrings.phases[phase]}
    </span>
  );
}
