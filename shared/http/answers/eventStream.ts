import type { Request, Response } from 'express';
import type { StagingError } from '../../errors/stagingError.ts';
import { findCaller } from '../callers.ts';
import type { Transport } from './transport.ts';

/** An event as the HTML standard defines it (§9.2), named, with data in JSON. */
interface StreamEvent {
  readonly name: string;
  /** The position after this event: a client sends it as Last-Event-ID when it reconnects. */
  readonly id?: string | undefined;
  /** Of events with the same key, only the last one matters to a client that has not yet read the others. */
  readonly key: string;
  /** Created when it is sent, so that events queued for a slow client take no space. */
  data(): unknown;
}

/** A response that stays open while its client listens. */
export interface EventStream {
  /** Sends an event when the client has read the previous ones. A client that is too far behind is disconnected. */
  send(event: StreamEvent): void;
  /** Gives a client that has seen all events the id to continue from. */
  mark(id: string): void;
  /** Resolves when the client can receive more, or has disconnected. @returns whether it is still connected */
  whenReady(): Promise<boolean>;
  /** Ends the answer after everything that was sent. */
  end(): void;
  /** Calls back once when the response ends, for any reason. */
  onEnd(listener: () => void): void;
}

interface StreamOptions {
  /** The id to continue from for a client that has received no event for a while. */
  readonly idleId?: () => string | undefined;
}

/** All streams of one function: they end when the service stops. */
export interface EventStreams {
  open(request: Request, response: Response, options?: StreamOptions): EventStream;
  close(): void;
}

/** How often an idle stream sends a heartbeat, in ms: less than a minute, after which proxies disconnect. */
const heartbeatMs = 15_000;

/** How soon a client reconnects, in ms. */
const retryMs = 1000;

/** How many events may be queued for a client that reads too slowly. */
const maxWaiting = 1000;

/**
 * Limits behind a gateway that buffers answers: below its timeout of 30 s and its maximum of 4.5 MB. The client
 * receives nothing before the end, so an answer with an event ends soon.
 */
const limited = { forMs: 20_000, afterEventMs: 2000, bytes: 2_000_000 };

/** Creates the streams of a function. Where answers are buffered, each ends soon, and its client reconnects. */
export function createEventStreams({ buffersAnswers }: Transport): EventStreams {
  const open = new Set<EventStream>();
  let isClosed = false;
  return {
    open(request, response, options = {}) {
      const stream = openStream(response, options, buffersAnswers);
      open.add(stream);
      stream.onEnd(() => open.delete(stream));
      endWithLogin(stream, response);
      if (isClosed || request.method === 'HEAD') stream.end();
      return stream;
    },
    close() {
      isClosed = true;
      for (const stream of open) stream.end();
    },
  };
}

/** A stream lasts no longer than the token or session of its request. */
function endWithLogin(stream: EventStream, response: Response): void {
  const expiresAt = findCaller(response)?.expiresAt;
  if (!expiresAt) return;
  // Timers are limited to some weeks; a client reconnects long before that.
  const leftMs = Math.min(expiresAt.getTime() - Date.now(), 2 ** 31 - 1);
  const timer = setTimeout(() => stream.end(), leftMs);
  stream.onEnd(() => clearTimeout(timer));
}

/** The position of a client that was connected before. */
export function lastEventId(request: Request): string | undefined {
  return request.get('last-event-id') || undefined;
}

/**
 * Refuses a request, which may be repeated after some seconds, with an error. An EventSource never reconnects after an
 * answer that is not a stream, so it gets one that makes it do so then.
 */
export function refuseForNow(
  request: Request,
  response: Response,
  seconds: number,
  error: StagingError,
): void {
  response.set('Retry-After', String(seconds));
  if (request.get('accept') !== 'text/event-stream') throw error;
  begin(response);
  response.end(`retry: ${seconds * 1000}\n\n`);
}

/** When the answer became a stream, by `performance.now()`; undefined for all other answers. */
export function streamBegin({ locals }: Response): number | undefined {
  const begin: unknown = locals['streamBegin'];
  return typeof begin === 'number' ? begin : undefined;
}

function openStream(response: Response, options: StreamOptions, isLimited: boolean): EventStream {
  const waiting = new Map<string, StreamEvent>();
  const whenEnded: (() => void)[] = [];
  const whenReady: (() => void)[] = [];
  let isBlocked = false;
  let isEnding = false;
  let isOver = false;
  let bytes = 0;

  const write = (text: string) => {
    bytes += Buffer.byteLength(text);
    isBlocked = !response.write(text);
    if (isBlocked) response.once('drain', goOn);
    if (isLimited && bytes > limited.bytes) finish();
  };
  const beat = () => {
    const id = options.idleId?.();
    if (!isBlocked) write(`: heartbeat\n${id === undefined ? '' : `id: ${id}\n`}\n`);
  };
  const heartbeat = setInterval(beat, heartbeatMs).unref();
  let limit = isLimited ? setTimeout(() => finish(), limited.forMs) : undefined;
  let hasSent = false;

  const over = () => {
    if (isOver) return;
    isOver = true;
    clearInterval(heartbeat);
    clearTimeout(limit);
    waiting.clear();
    for (const listener of [...whenEnded, ...whenReady.splice(0)]) listener();
  };
  const finish = () => {
    if (isOver) return;
    over();
    response.end();
  };
  const goOn = () => {
    isBlocked = false;
    for (const [key, event] of waiting) {
      if (isBlocked || isOver) return;
      waiting.delete(key);
      write(eventText(event));
    }
    if (isBlocked || isOver) return;
    if (isEnding) finish();
    for (const ready of whenReady.splice(0)) ready();
  };

  begin(response);
  response.once('close', over);
  if (response.destroyed) over();
  else write(`retry: ${retryMs}\n\n`);
  return {
    send(event) {
      if (isOver || isEnding) return;
      heartbeat.refresh();
      if (isLimited && !hasSent) {
        clearTimeout(limit);
        limit = setTimeout(finish, limited.afterEventMs);
      }
      hasSent = true;
      if (!isBlocked) return write(eventText(event));
      // Moved to the end, because ids are ascending.
      waiting.delete(event.key);
      waiting.set(event.key, event);
      if (waiting.size <= maxWaiting) return;
      over();
      response.destroy();
    },
    mark(id) {
      if (!isOver && !isBlocked) write(`id: ${id}\n\n`);
    },
    async whenReady() {
      if (isBlocked && !isOver) await new Promise<void>((resolve) => whenReady.push(resolve));
      return !isOver && !isEnding;
    },
    end() {
      isEnding = true;
      if (!isBlocked) finish();
    },
    onEnd(listener) {
      if (isOver) listener();
      else whenEnded.push(listener);
    },
  };
}

function begin(response: Response): void {
  response.locals['streamBegin'] = performance.now();
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    // Nor may intermediaries compress it, which would delay events.
    'Cache-Control': 'no-store, no-transform',
    // nginx would buffer events.
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
}

function eventText({ name, id, data }: StreamEvent): string {
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data())}\n\n`;
}
