import { createStore } from '../state/store.ts';
import { queryClient } from './queryClient.ts';

/** Whether the last call reached the service, or failed, once or repeatedly. */
export type Connection = 'reached' | 'lost' | 'never_reached';

/** Before the first call, the service counts as reachable. */
const connection = createStore<Connection>('reached');

let wasReached = false;

/** The result of the last call. */
export const useConnection = (): Connection => connection.use();

/** Records whether the last call reached the service. When it answers again, all data is fetched again. */
export function reportReachable(value: boolean): void {
  const isBack = value && connection.get() !== 'reached';
  wasReached ||= value;
  connection.set(value ? 'reached' : wasReached ? 'lost' : 'never_reached');
  if (isBack) void queryClient.invalidateQueries();
}
