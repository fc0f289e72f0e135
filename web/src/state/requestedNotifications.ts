import { useSyncExternalStore } from 'react';

/** What a user waits for. */
export interface Awaited {
  readonly kind: 'operation' | 'batch';
  readonly id: string;
}

let awaited: readonly Awaited[] = [];
const listeners = new Set<() => void>();

/** What the browser is to notify the user of when it has ended. Forgotten with the page, which alone can tell. */
export function useRequestedNotifications(): readonly Awaited[] {
  return useSyncExternalStore(subscribe, () => awaited);
}

/** Notifies the user when this has ended. */
export function requestNotification(one: Awaited): void {
  change([...awaited.filter(({ id }) => id !== one.id), one]);
}

/** Does not notify of this any more. */
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
