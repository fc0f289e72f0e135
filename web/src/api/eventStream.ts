import { parseJson } from './parseJson.ts';

/** Whether what the service sends arrives now, or is waited for. */
export type StreamState = 'connecting' | 'live';

const retryMs = 2000;

/**
 * Listens to server-sent events of this name, whose data are given as parsed JSON. A connection that ends is opened
 * again, by the browser from where it was broken off; and from its beginning where the browser gives up, as it does on
 * any answer but a stream, such as that of a gateway. A page that is out of sight does not listen: all pages of a
 * browser share six connections to a host (HTTP/1.1). Returns what ends it.
 */
export function listenToEvents(
  url: string,
  eventName: string,
  hear: (data: unknown) => void,
  tell: (state: StreamState) => void,
): () => void {
  let source: EventSource | undefined;
  let timer: number | undefined;

  function open(): void {
    const opened = new EventSource(url);
    source = opened;
    opened.addEventListener('open', () => tell('live'));
    opened.addEventListener(eventName, ({ data }) => hear(parseJson(data)));
    opened.addEventListener('error', () => {
      tell('connecting');
      if (opened.readyState === EventSource.CLOSED) timer = window.setTimeout(open, retryMs);
    });
  }

  function close(): void {
    clearTimeout(timer);
    source?.close();
    tell('connecting');
  }

  function followVisibility(): void {
    close();
    if (!document.hidden) open();
  }

  followVisibility();
  document.addEventListener('visibilitychange', followVisibility);
  return () => {
    document.removeEventListener('visibilitychange', followVisibility);
    clearTimeout(timer);
    source?.close();
  };
}
