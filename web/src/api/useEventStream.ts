import { useEffect, useEffectEvent, useState } from 'react';
import { apiUrl } from './apiAddress.ts';
import { parseJson } from './parseJson.ts';

/** Whether what the service sends arrives: not yet or not now, it does, or the service has said all that it will say. */
export type StreamState = 'connecting' | 'live' | 'ended';

const retryMs = 2000;

/**
 * Listens to server-sent events of this name at a path of the API, as long as the component is there; undefined listens
 * to nothing. A connection that ends is opened again, by the browser from where it was broken off. `onEvent` is given
 * the data as parsed JSON.
 */
export function useEventStream(
  path: string | undefined,
  eventName: string,
  onEvent: (data: unknown) => void,
): StreamState {
  const [state, setState] = useState<StreamState>('connecting');
  const hear = useEffectEvent(onEvent);
  useEffect(() => {
    setState('connecting');
    if (path === undefined) return;
    return listen(apiUrl(path), eventName, (data) => hear(data), setState);
  }, [path, eventName]);
  return state;
}

/** Returns what ends it. */
function listen(
  url: string,
  eventName: string,
  hear: (data: unknown) => void,
  tell: (state: StreamState) => void,
): () => void {
  let source: EventSource;
  let timer: number | undefined;

  function open(): void {
    source = new EventSource(url);
    let wasOpen = false;
    source.addEventListener('open', () => {
      wasOpen = true;
      tell('live');
    });
    source.addEventListener(eventName, ({ data }) => hear(parseJson(data)));
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED) return tell('connecting');
      // The browser gives up on 204, which is the end of the stream, and on every other answer that is no stream.
      if (wasOpen) return tell('ended');
      tell('connecting');
      timer = window.setTimeout(open, retryMs);
    });
  }

  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
