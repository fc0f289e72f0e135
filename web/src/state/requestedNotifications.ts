import { useSyncExternalStore } from 'react';

/** An operation or batch that a user waits for. */
export interface Awaited {
  readonly kind: 'operation' | 'batch';
  readonly id: string;
}

let awaited: readonly Awaited[] = [];
const listeners = new Set<() => void>();

/** The ends that the browser is to notify the user of. Forgotten with the page, which alone can notify. */
export function useRequestedNotifications(): readonly Awaited[] {
  return useSyncExternalStore(subscribe, () => awaited);
}

/** Notifies the user when this has ended. */
export function requestNotification(one: Awaited): void {
  change([...awaited.filter(({ id }) => id !== one.id), one]);
}

/** Cancels this notification. */
export function cancelNotification(id: string): void {
  change(awaited.filter((one) => one.id !== id));
}

function change(changed: readonly Awaited[]): void {
  awaited = changed;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
