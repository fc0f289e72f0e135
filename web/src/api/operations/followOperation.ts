import { operationSchema } from '../../../../shared/http/contract/operations.ts';
import { apiUrl } from '../apiAddress.ts';
import { listenToEvents } from '../eventStream.ts';

interface Following {
  followers: number;
  isLive: boolean;
  stop(): void;
}

/**
 * A browser opens at most six connections to a host (HTTP/1.1), and other views listen, too: only this many operations
 * are listened to, further ones are polled.
 */
const maxFollowed = 2;

const followed = new Map<string, Following>();

/**
 * Listens to an operation until the returned function is called; listeners of the same operation share one connection.
 * The events go to the `notify` of the first one.
 */
export function followOperation(
  id: string,
  notify: (operation: ReturnType<typeof operationSchema.parse>) => void,
): (() => void) | undefined {
  const following = followed.get(id) ?? begin(id, notify);
  if (!following) return undefined;
  following.followers += 1;
  return () => {
    following.followers -= 1;
    if (following.followers > 0) return;
    following.stop();
    followed.delete(id);
  };
}

/** Whether changes of an operation are being pushed now. */
export function isFollowed(id: string): boolean {
  return followed.get(id)?.isLive ?? false;
}

function begin(id: string, notify: Parameters<typeof followOperation>[1]): Following | undefined {
  if (followed.size >= maxFollowed) return undefined;
  const following: Following = { followers: 0, isLive: false, stop: () => undefined };
  following.stop = listenToEvents(
    apiUrl(`/operations/${encodeURIComponent(id)}/events`),
    'operation',
    (data) => {
      const parsed = operationSchema.safeParse(data);
      if (parsed.success) notify(parsed.data);
    },
    (state) => {
      following.isLive = state === 'live';
    },
  );
  followed.set(id, following);
  return following;
}
