import type { Operation } from '../operation.ts';

/** The rate of an operation, and its remaining time at that rate; null if unknown. */
export interface TransferSpeed {
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

/** The window for a rate, in ms: long enough to be steady, short enough to be current. */
const windowMs = 10_000;

/** Rates over less time than this are meaningless, in ms. */
const leastMs = 500;

const unknown: TransferSpeed = { bytesPerSecond: null, secondsLeft: null };

/** The rate of an EXECUTING operation since its start. */
export function averageSpeed(operation: Operation, now = Date.now()): TransferSpeed {
  const { phase, startedAt, updatedAt, bytesDone } = operation;
  if (phase !== 'EXECUTING' || !startedAt) return unknown;
  // The clock of the process that runs it may be ahead.
  const elapsedMs = Math.max(now, updatedAt?.getTime() ?? 0) - startedAt.getTime();
  return speedOf(operation, bytesDone, elapsedMs);
}

/** Observes operations, to compute their recent rates. */
export interface TransferSpeeds {
  /** Takes a state of an operation; outdated ones are ignored. */
  observe(operation: Operation): void;
  /** Its recent rate, or since its start while it was observed only briefly. */
  of(operation: Operation): TransferSpeed;
  forget(id: string): void;
  forgetAll(): void;
}

interface Sample {
  /** By the clock of the process that runs the operation. */
  readonly atMs: number;
  readonly bytesDone: number;
}

/** The state of running operations; ended ones are forgotten. */
export function createTransferSpeeds(): TransferSpeeds {
  const samples = new Map<string, readonly Sample[]>();
  return {
    observe({ id, phase, updatedAt, bytesDone }) {
      if (phase !== 'EXECUTING' || !updatedAt) {
        samples.delete(id);
        return;
      }
      samples.set(id, withSample(samples.get(id) ?? [], { atMs: updatedAt.getTime(), bytesDone }));
    },
    of(operation) {
      const [first, ...later] = samples.get(operation.id) ?? [];
      const last = later.at(-1);
      if (!first || !last || last.atMs - first.atMs < leastMs) return averageSpeed(operation);
      return speedOf(operation, last.bytesDone - first.bytesDone, last.atMs - first.atMs);
    },
    forget: (id) => void samples.delete(id),
    forgetAll: () => samples.clear(),
  };
}

function withSample(seen: readonly Sample[], now: Sample): readonly Sample[] {
  const last = seen.at(-1);
  if (last && now.atMs <= last.atMs) return seen;
  // A new attempt starts from zero.
  if (last && now.bytesDone < last.bytesDone) return [now];
  return [...seen.filter(({ atMs }) => atMs >= now.atMs - windowMs), now];
}

function speedOf(operation: Operation, bytes: number, elapsedMs: number): TransferSpeed {
  if (operation.phase !== 'EXECUTING' || bytes <= 0 || elapsedMs < leastMs) return unknown;
  const bytesPerSecond = (bytes / elapsedMs) * 1000;
  const { bytesTotal, bytesDone } = operation;
  return {
    bytesPerSecond: Math.round(bytesPerSecond),
    secondsLeft: bytesTotal === null ? null : Math.ceil(Math.max(0, bytesTotal - bytesDone) / bytesPerSecond),
  };
}
