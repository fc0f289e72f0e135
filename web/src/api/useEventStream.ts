import { useEffect, useEffectEvent, useState } from 'react';
import { apiUrl } from './apiAddress.ts';
import { listenToEvents, type StreamState } from './eventStream.ts';

/**
 * Listens to server-sent events of this name at a path of the API, while the component is mounted; undefined listens to
 * nothing. A connection that ends is reopened, by the browser from the last event. `onEvent` receives the data as
 * parsed JSON.
 */
export function useEventStream(
  path: string | undefined,
  eventName: string,
  onEvent: (data: unknown) => void,
): StreamState {
  const [state, setState] = useState<StreamState>('starting');
  const hear = useEffectEvent(onEvent);
  useEffect(() => {
    setState('starting');
    if (path === undefined) return;
    return listenToEvents(apiUrl(path), eventName, (data) => hear(data), setState);
  }, [path, eventName]);
  return state;
}
