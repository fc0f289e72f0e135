import { setTimeout as delay } from 'node:timers/promises';

/** A signal with a time limit; disposing of it lets go of the other signal and ends what still goes on under it. */
export interface TimeLimit extends Disposable {
  readonly signal: AbortSignal;
  /** Whether the time is up. */
  readonly isOver: boolean;
}

/**
 * A signal that aborts when another one does, or after a time. `AbortSignal.any` does the same, but on Node.js 20 each
 * call stays with a long-lived signal for ever, and a tree of a million files makes as many requests.
 */
export function limitTime(signal: AbortSignal, timeoutMs: number): TimeLimit {
  const controller = new AbortController();
  let isOver = false;
  const follow = () => controller.abort(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  const timer = setTimeout(() => {
    isOver = true;
    controller.abort(new DOMException('The time is up', 'TimeoutError'));
  }, timeoutMs);
  return {
    signal: controller.signal,
    get isOver() {
      return isOver;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', follow);
      controller.abort();
    },
  };
}

/** Waits. @throws the signal's reason when it aborts meanwhile */
export async function pause(timeMs: number, signal?: AbortSignal): Promise<void> {
  await delay(timeMs, undefined, { signal }).catch((error: unknown) => {
    throw signal?.aborted ? signal.reason : error;
  });
}

/** Waits for work that does not know the signal, but not after it aborts. @throws the signal's reason */
export async function raceAbort<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
