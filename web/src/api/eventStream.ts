import { useEffect, useEffectEvent, useState } from 'react';
import { apiUrl } from './apiAddress.ts';
import { parseJson } from './parseJson.ts';

/** The state of the connection: not yet known, receiving events, or being restored. */
export type StreamState = 'starting' | 'live' | 'lost';

const retryMs = 2000;

/**
 * Listens to server-sent events of this name, whose data are passed on as parsed JSON. A connection that ends is
 * reopened: by the browser, from the last event; or from the beginning if the browser gives up, as it does for any
 * answer that is not a stream, such as that of a gateway. A hidden page does not listen: all pages of a browser share
 * six connections to a host (HTTP/1.1). @returns a function that stops it
 */
export function listenToEvents(
  url: string,
  eventName: string,
  hear: (data: unknown) => void,
  notify: (state: StreamState) => void,
): () => void {
  let source: EventSource | undefined;
  let timer: number | undefined;

  function open(): void {
    const opened = new EventSource(url);
    source = opened;
    opened.addEventListener('open', () => notify('live'));
    opened.addEventListener(eventName, ({ data }) => hear(parseJson(data)));
    opened.addEventListener('error', () => {
      notify('lost');
      if (opened.readyState === EventSource.CLOSED) timer = window.setTimeout(open, retryMs);
    });
  }

  function close(): void {
    clearTimeout(timer);
    source?.close();
    notify('starting');
  }

  function followVisibility(): void {
    close();
    if (!document.hidden) open();
  }

  followVisibility();
  document.addEventListener('visibilitychange', followVisibility);
  return () => {
    document.removeEventListener('visibilitychange', followVisibility);
    close();
  };
}

/** Listens to events like `listenToEvents`, at a path of the API, while the component is mounted. */
export function useEventStream(
  path: string,
  eventName: string,
  onEvent: (data: unknown) => void,
): StreamState {
  const [state, setState] = useState<StreamState>('starting');
  const hear = useEffectEvent(onEvent);
  useEffect(() => {
    return listenToEvents(apiUrl(path), eventName, (data) => hear(data), setState);
  }, [path, eventName]);
  return state;
}
