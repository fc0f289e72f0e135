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

/** The progress of something at a time. */
interface Look {
  /** As `performance.now()`. */
  readonly atMs: number;
  readonly bytes: number;
  /** From 0 to 1. */
  readonly part: number;
}

/** The rate of something; undefined while unknown. */
export interface Speed {
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
}

/** The last states of unfinished batches, by their ids. */
const looks = new Map<string, readonly Look[]>();

/** The rate of a batch since this page observes it. To be called with each new state. */
export function rateOf(batch: Batch): Speed {
  if (batch.finished_at !== null) {
    looks.delete(batch.id);
    return {};
  }
  const look = { atMs: performance.now(), bytes: batch.bytes_done, part: partDone(batch) };
  const { kept, speed } = speedOf(looks.get(batch.id) ?? [], look);
  looks.set(batch.id, kept);
  return speed;
}

/** The time window of a rate, and its minimum. */
const windowMs = 20_000;
const leastMs = 2000;

/** The rate after one more sample, and the samples for the next one. */
export function speedOf(
  before: readonly Look[],
  now: Look,
): { readonly kept: readonly Look[]; readonly speed: Speed } {
  const recent = before.filter(({ atMs }) => now.atMs - atMs <= windowMs);
  // A restart is not a negative rate.
  const isAnew = recent.some(({ bytes, part }) => bytes > now.bytes || part > now.part);
  const kept = isAnew ? [now] : [...recent, now];
  const first = kept[0] ?? now;
  const seconds = (now.atMs - first.atMs) / 1000;
  if (seconds * 1000 < leastMs) return { kept, speed: {} };
  const partPerSecond = (now.part - first.part) / seconds;
  return {
    kept,
    speed: {
      ...(now.bytes > first.bytes && { bytesPerSecond: (now.bytes - first.bytes) / seconds }),
      ...(partPerSecond > 0 && { secondsLeft: (1 - now.part) / partPerSecond }),
    },
  };
}
