import { addAbortListener } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A signal that aborts when another one does, or after a time; disposing of it detaches it from both, and cancels what
 * still runs under it. `AbortSignal.any` with `AbortSignal.timeout` cannot be detached: on Node.js 20 each call retains
 * 64 bytes on a long-lived signal, and 1.2 kB until its timeout, and a tree of a million files makes a million calls.
 */
export function limitTime(
  signal: AbortSignal,
  timeoutMs: number,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const end = () => controller.abort(new DOMException('The time is up', 'TimeoutError'));
  const timer = setTimeout(end, timeoutMs);
  const listening = addAbortListener(signal, () => controller.abort(signal.reason));
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      listening[Symbol.dispose]();
      controller.abort();
    },
  };
}

/** Waits. @throws the signal's reason when it aborts */
export async function pause(timeMs: number, signal?: AbortSignal): Promise<void> {
  await delay(timeMs, undefined, { signal }).catch((error: unknown) => {
    throw signal?.aborted ? signal.reason : error;
  });
}

/** Waits for work that does not take the signal, until it aborts. @throws the signal's reason */
export async function raceAbort<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: aborted, reject } = withResolvers<never>();
  using _listening = addAbortListener(signal, () => reject(signal.reason));
  return await Promise.race([work, aborted]);
}

/** A promise and its resolvers: `Promise.withResolvers` of Node.js 22. */
export function withResolvers<Result = void>() {
  let resolve: (result: Result | PromiseLike<Result>) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<Result>((...settlers) => {
    [resolve, reject] = settlers;
  });
  return { promise, resolve, reject };
}
