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
