import type { Phase } from '../../shared/operations/operation.ts';
import type { Operation } from './schemas.ts';

const titles: Readonly<Record<Phase, string>> = {
  PENDING: 'Pending',
  QUEUED: 'Queued',
  EXECUTING: 'Running',
  COMPLETED: 'Completed',
  ERROR: 'Failed',
  ABORTED: 'Aborted',
};

/** A phase in a word for people. */
export function phaseTitle(phase: Phase): string {
  return titles[phase];
}

/** Where an operation stands, with what it came to or how far it is. */
export function describePhase({ phase, outcome, bytes_done, bytes_total }: Operation): string {
  if (outcome === 'already_present') return 'Already there';
  if (phase === 'EXECUTING' && bytes_total) {
    return `${titles[phase]} ${Math.floor((100 * bytes_done) / bytes_total)} %`;
  }
  return titles[phase];
}
