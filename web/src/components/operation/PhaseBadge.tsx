import type { Operation } from '../../api/client.ts';
import { commonStrings } from '../../strings/common.ts';
import { Icon, type IconName } from '../controls/Icon.tsx';
import styles from './Operation.module.css';

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
      /** For a batch: some of its items are staged. */
      readonly isPartial?: boolean;
    };
}

/** The state of an operation or a batch, as a word and a colour. */
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

/** The same as a word only. */
export function stateText({ phase, outcome, present, isPartial }: PhaseBadgeProps['operation']): string {
  if (isPartial) return commonStrings.partlyStaged;
  if (outcome !== 'already_present') return commonStrings.phases[phase];
  return present === 'differs' ? commonStrings.otherVersionPresent : commonStrings.alreadyPresent;
}
