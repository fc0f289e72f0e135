/** The progress of something at a time. */
export interface Look {
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
