import { createStore } from './store.ts';

/** An operation or batch that a user waits for. */
export interface Awaited {
  readonly kind: 'operation' | 'batch';
  readonly id: string;
}

/** The ends that the browser is to notify the user of. Forgotten with the page, which alone can notify. */
export const useRequestedNotifications = () => awaited.use();

const awaited = createStore<readonly Awaited[]>([]);

/** Notifies the user when this has ended. */
export function requestNotification(one: Awaited): void {
  awaited.set([...awaited.get().filter(({ id }) => id !== one.id), one]);
}

/** Cancels this notification. */
export function cancelNotification(id: string): void {
  awaited.set(awaited.get().filter((one) => one.id !== id));
}
