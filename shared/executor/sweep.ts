import type { OperationRecord } from '../record/operationRecord.ts';
import type { Bell } from './bell.ts';

interface SweepServices {
  readonly operations: Pick<OperationRecord, 'findQueued'>;
  readonly bell: Pick<Bell, 'ringForMissing'>;
  /** How many operations are read together. */
  readonly pageRows: number;
  /** How long an operation waits before this process looks whether anybody has heard of it, in ms. */
  readonly settledMs: number;
  /** Whether those who hear the bell run operations of a method. */
  isServed(method: string | null): boolean | Promise<boolean>;
}

/**
 * Creates what rings for waiting operations that nobody has heard of: their process was stopped, or their ring was lost.
 * Each call reads one page, from the oldest to the newest and over again, and goes on while somebody was missing.
 * @returns a function that does it once; operations that have waited for less than the given ms are left alone
 */
export function createSweep({ operations, bell, pageRows, settledMs, isServed }: SweepServices) {
  let after = '';
  const sweepPage = async (waitedMs: number) => {
    const before = new Date(Date.now() - waitedMs);
    const page = await operations.findQueued({ after, before, limit: pageRows });
    after = page.length < pageRows ? '' : (page.at(-1)?.id ?? '');
    const served = await Promise.all(page.map(({ method }) => isServed(method)));
    const found = page.filter((_, index) => served[index]);
    const missing = found.length === 0 ? 0 : await bell.ringForMissing(found);
    return missing > 0 && after !== '';
  };
  return async (waitedMs = settledMs) => {
    while (await sweepPage(waitedMs));
  };
}
