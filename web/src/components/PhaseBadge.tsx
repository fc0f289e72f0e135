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
  readonly operation: Pick<Operation, 'phase'> &
    Partial<Pick<Operation, 'outcome' | 'present'>> & {
      /** Of a batch: some of its items are there. */
      readonly isPartial?: boolean;
    };
}

/** Where an operation or a batch stands, in a word and a colour. */
export function PhaseBadge({ operation }: PhaseBadgeProps) {
  const { phase, present, isPartial = false } = operation;
  return (
    <span
      className={styles.badge}
      data-phase={phase}
      data-present={present}
      data-partial={isPartial || undefined}
    >
      <Icon name={present === 'differs' ? 'alert' : icons[phase]} />
      {stateText(operation)}
    </span>
  );
}

/** The same in words only. */
export function stateText({ phase, outcome, present, isPartial }: PhaseBadgeProps['operation']): string {
  if (isPartial) return commonStrings.partlyStaged;
  if (outcome !== 'already_present') return commonStrings.phases[phase];
  return present === 'differs' ? commonStrings.otherVersionPresent : commonStrings.alreadyPresent;
}
