import type { OperationRecord } from '../record/operationRecord.ts';
import type { Bell } from './bell.ts';

interface SweepServices {
  readonly operations: Pick<OperationRecord, 'findQueued'>;
  readonly bell: Pick<Bell, 'ringForMissing'>;
  /** The page size. */
  readonly pageRows: number;
  /** How long an operation is queued before this process rings for it again, in ms. */
  readonly settledMs: number;
  /** Whether the listeners of the bell run operations of a method. */
  isServed(method: string | null): boolean | Promise<boolean>;
}

/**
 * Creates the sweep, which rings for queued operations without a pending notification: their process was stopped, or
 * their notification was lost. Each call reads one page, cyclically from the oldest to the newest, and reads further
 * pages while it finds such operations.
 * @returns a function that sweeps once; operations queued for less than the given ms are skipped
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
