import type { components } from '../client.ts';

type Batch = components['schemas']['Batch'];

/** How much of a batch is done, from 0 to 1: by its items, and by the bytes of those that have started. */
export function partDone(batch: Batch): number {
  const { counts, operations_total, bytes_done, bytes_total, all_or_nothing } = batch;
  const bytesPart = bytes_total === 0 ? 0 : bytes_done / bytes_total;
  // Its items all end together.
  if (all_or_nothing) return Math.min(bytesPart, 1);
  const [ended, begun] = [endedItems(batch), endedItems(batch) + (counts.EXECUTING ?? 0)];
  const total = Math.max(operations_total, 1);
  return Math.min(Math.max(ended / total, (begun / total) * bytesPart), 1);
}

/** How many items of a batch have ended, with or without success. */
export function endedItems({ counts }: Pick<Batch, 'counts'>): number {
  return (counts.COMPLETED ?? 0) + (counts.ERROR ?? 0) + (counts.ABORTED ?? 0);
}
