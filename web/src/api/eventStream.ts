import { parseJson } from './parseJson.ts';

/** Whether what the service sends arrives now, or is waited for. */
export type StreamState = 'connecting' | 'live';

const retryMs = 2000;

/**
 * Listens to server-sent events of this name, whose data are given as parsed JSON. A connection that ends is opened
 * again, by the browser from where it was broken off; and from its beginning where the browser gives up, as it does on
 * any answer but a stream, such as that of a gateway. Returns what ends it.
 */
export function listenToEvents(
  url: string,
  eventName: string,
  hear: (data: unknown) => void,
  tell: (state: StreamState) => void,
): () => void {
  let source: EventSource;
  let timer: number | undefined;

  function open(): void {
    source = new EventSource(url);
    source.addEventListener('open', () => tell('live'));
    source.addEventListener(eventName, ({ data }) => hear(parseJson(data)));
    source.addEventListener('error', () => {
      tell('connecting');
      if (source.readyState === EventSource.CLOSED) timer = window.setTimeout(open, retryMs);
    });
  }

  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
