import { refuseTokensIn } from '../services/staging/leakedTokens.ts';

/** An event of a stream; one without data only has the position to continue from. */
export interface HeardEvent {
  readonly name: string | undefined;
  readonly id: string | undefined;
  readonly data: unknown;
}

/** One answer that is a stream. */
interface Listening {
  readonly status: number;
  readonly headers: Headers;
  /** What was received of it so far, as sent over the network. */
  text(): string;
  /** The next event; undefined when the answer has ended. */
  next(): Promise<HeardEvent | undefined>;
  /** Disconnects, as a client that closes its connection does. */
  leave(): Promise<void>;
}

/** Opens a stream, like an EventSource that connects or reconnects. */
export async function listen(url: string, lastEventId?: string): Promise<Listening> {
  const leaving = new AbortController();
  const headers = {
    accept: 'text/event-stream',
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  };
  const response = await fetch(url, { headers, signal: leaving.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let rest = '';
  const next = async (): Promise<HeardEvent | undefined> => {
    for (;;) {
      const end = rest.indexOf('\n\n');
      if (end >= 0) {
        refuseTokensIn(rest.slice(0, end), `an event of ${url}`);
        const event = parseEvent(rest.slice(0, end));
        rest = rest.slice(end + 2);
        if (event) return event;
        continue;
      }
      const part = await reader?.read();
      if (!part || part.done) return undefined;
      text += part.value;
      rest += part.value;
    }
  };
  return {
    status: response.status,
    headers: response.headers,
    text: () => text,
    next,
    async leave() {
      leaving.abort();
      await reader?.cancel().catch(() => undefined);
    },
  };
}

/**
 * Listens until a matching event, and reconnects like an EventSource when the answer ends before.
 * @returns all events with data
 */
export async function listenUntil(
  url: string,
  isWanted: (event: HeardEvent) => boolean,
  lastEventId?: string,
): Promise<readonly HeardEvent[]> {
  const heard: HeardEvent[] = [];
  for (let place = lastEventId; ; ) {
    const listening = await listen(url, place);
    if (listening.status !== 200) throw new Error(`The stream is answered with ${listening.status}`);
    for (let event = await listening.next(); event; event = await listening.next()) {
      place = event.id ?? place;
      if (event.data === undefined) continue;
      heard.push(event);
      if (!isWanted(event)) continue;
      await listening.leave();
      return heard;
    }
  }
}

/** Comments and reconnection times are not events. */
function parseEvent(block: string): HeardEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
    if (name !== '') fields.set(name, value);
  }
  const [id, data] = [fields.get('id'), fields.get('data')];
  if (id === undefined && data === undefined) return undefined;
  return { name: fields.get('event'), id, data: data === undefined ? undefined : JSON.parse(data) };
}
