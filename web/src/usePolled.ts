import { useEffect, useState } from 'react';
import { type ApiError, toApiError } from './api.ts';

const retryMs = 2000;
const timeoutMs = 20_000;

/** What was loaded last, and why the last attempt failed if it did. Neither: still loading. */
export interface Polled<Value> {
  readonly value: Value | undefined;
  readonly error: ApiError | undefined;
}

const wakeUps = new Set<() => void>();

/** Makes everything that is polled load now: something has changed. */
export function refreshAll(): void {
  for (const wakeUp of wakeUps) wakeUp();
}

/**
 * Loads at once, when `load` changes, and again and again while the page is visible and `isActive`. After a failure it
 * keeps the last value and tries again soon. `load` must stay the same between renders (`useCallback`).
 */
export function usePolled<Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  intervalMs: number,
  isActive = true,
): Polled<Value> {
  const [polled, setPolled] = useState<Polled<Value>>({ value: undefined, error: undefined });
  useEffect(() => {
    if (!isActive) return;
    return poll(load, intervalMs, (value, error) =>
      setPolled((before) => (error ? { value: before.value, error } : { value, error })),
    );
  }, [load, intervalMs, isActive]);
  return polled;
}

type Report<Value> = (value: Value | undefined, error: ApiError | undefined) => void;

/** Starts to poll; returns what stops it. */
function poll<Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  intervalMs: number,
  report: Report<Value>,
): () => void {
  let timer: number | undefined;
  let running: AbortController | undefined;

  async function loadNow(): Promise<void> {
    clearTimeout(timer);
    running?.abort();
    if (document.hidden) return;
    const mine = new AbortController();
    running = mine;
    const signal = AbortSignal.any([mine.signal, AbortSignal.timeout(timeoutMs)]);
    const error = await load(signal).then(
      (value) => {
        if (!mine.signal.aborted) report(value, undefined);
        return undefined;
      },
      (thrown: unknown) => toApiError(thrown),
    );
    if (mine.signal.aborted) return;
    if (error) report(undefined, error);
    timer = window.setTimeout(loadNow, error ? retryMs : intervalMs);
  }

  wakeUps.add(loadNow);
  document.addEventListener('visibilitychange', loadNow);
  void loadNow();
  return () => {
    wakeUps.delete(loadNow);
    document.removeEventListener('visibilitychange', loadNow);
    clearTimeout(timer);
    running?.abort();
  };
}
