/** How far something was at a time. */
export interface Look {
  /** As `performance.now()`. */
  readonly atMs: number;
  readonly bytes: number;
  /** From 0 to 1. */
  readonly part: number;
}

/** How fast something goes; undefined as long as that is not known. */
export interface Speed {
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
}

/** So long back a speed is measured, and for so long at least. */
const windowMs = 20_000;
const leastMs = 2000;

/** The speed by one more look, and the looks that the next one is to be compared with. */
export function speedOf(
  before: readonly Look[],
  now: Look,
): { readonly kept: readonly Look[]; readonly speed: Speed } {
  const recent = before.filter(({ atMs }) => now.atMs - atMs <= windowMs);
  // What was begun anew is not slower than nothing.
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
