import { useSyncExternalStore } from 'react';

/** Whether the last call reached the service, or failed, once or repeatedly. */
export type Connection = 'reached' | 'lost' | 'never_reached';

let isReachable = true;
let wasReached = false;
const listeners = new Set<() => void>();
const backListeners = new Set<() => void>();

/** Records whether the last call reached the service. */
export function reportReachable(value: boolean): void {
  const isBack = value && !isReachable;
  isReachable = value;
  wasReached ||= value;
  for (const listener of listeners) listener();
  if (isBack) for (const listener of backListeners) listener();
}

/** Calls this whenever the service answers again. */
export function onServiceBack(listener: () => void): void {
  backListeners.add(listener);
}

const refusedListeners = new Set<() => void>();

/** Records that the service refused a call because the user is not authenticated. */
export function reportUnknownCaller(): void {
  for (const listener of refusedListeners) listener();
}

/** Calls this whenever the service refuses a call because the user is not authenticated. */
export function onUnknownCaller(listener: () => void): void {
  refusedListeners.add(listener);
}

/** The result of the last call; before the first one, the service counts as reachable. */
export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, currentConnection);
}

function currentConnection(): Connection {
  if (isReachable) return 'reached';
  return wasReached ? 'lost' : 'never_reached';
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
