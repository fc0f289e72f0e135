import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectSecurely } from 'node:tls';
import { type Expected, expectedHeaders, isLast, type WantedContent } from './responseHead.ts';

/**
 * A request for one version of an object, to which headers may be added. A secret while its signature is valid: it must
 * not be logged.
 */
export interface SignedRequest {
  readonly isSecure: boolean;
  readonly host: string;
  readonly port: number;
  /** The request line and the headers. */
  readonly head: string;
  readonly etag: string;
}

/** The received part of a response. */
interface Received {
  /** The headers by their names in lower case; undefined if the response was not the expected one. */
  readonly headers: ReadonlyMap<string, string> | undefined;
  readonly bytes: number;
}

/** Connections by HTTP/1.1 (RFC 9112) to object stores; each is reused for later requests. */
export interface HttpConnections {
  /**
   * Sends a request and receives the content of the response directly into a buffer, which it must fill exactly. Any
   * response with another status, length, range or ETag counts as not received, as does an interrupted connection: the
   * caller requests it again in a way that reports the reason.
   */
  receive(request: SignedRequest, wanted: WantedContent, signal: AbortSignal): Promise<Received>;
}

/**
 * Time limits in ms: to connect, without a byte received, and without a request. The first two as in `s3Client.ts`; idle
 * connections are closed before stores close them, which could coincide with a request.
 */
const defaultLimits = { connect: 5000, silent: 30_000, idle: 4000 };
const maxHeadBytes = 64 * 1024;

/** A request and its response. */
interface Exchange {
  readonly expected: Expected;
  readonly end: (received: Received) => void;
  headers: ReadonlyMap<string, string> | undefined;
  bytes: number;
}

interface Connection {
  readonly socket: Socket;
  send(request: SignedRequest, wanted: WantedContent): Promise<Received>;
}

/** Creates a pool without connections; they are opened when needed. */
export function createHttpConnections(limits = defaultLimits): HttpConnections {
  const idle = new Map<string, Connection[]>();
  return {
    async receive(request, wanted, signal) {
      const { isSecure, host, port } = request;
      const origin = `${isSecure} ${host} ${port}`;
      const here = idle.get(origin) ?? [];
      idle.set(origin, here);
      const connection = takeUsable(here) ?? openConnection(request, limits);
      const { socket } = connection;
      const abort = () => void socket.destroy();
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      try {
        const received = await connection.send(request, wanted);
        // Other data that has already arrived is read first: bytes after a response must not begin the next one.
        if (isUsable(connection)) await nextTurn();
        return received;
      } finally {
        signal.removeEventListener('abort', abort);
        if (isUsable(connection)) here.push(connection);
      }
    },
  };
}

function takeUsable(connections: Connection[]): Connection | undefined {
  for (let connection = connections.pop(); connection; connection = connections.pop()) {
    if (isUsable(connection)) return connection;
  }
  return undefined;
}

/** Not when either side has ended it. */
function isUsable({ socket }: Connection): boolean {
  return socket.writable && !socket.readableEnded;
}

/**
 * Opens a connection whose socket reads directly into the memory of the content. That takes a seventh of the processor
 * time of `node:http`, which allocates, copies and passes on every 64 KiB.
 */
function openConnection(request: SignedRequest, limits: typeof defaultLimits): Connection {
  const head = Buffer.allocUnsafeSlow(maxHeadBytes);
  let headBytes = 0;
  let exchange: Exchange | undefined;
  const end = (isReusable: boolean) => {
    const ended = exchange;
    exchange = undefined;
    headBytes = 0;
    if (isReusable) socket.setTimeout(limits.idle);
    else socket.destroy();
    if (ended) ended.end({ headers: ended.headers, bytes: ended.bytes });
  };
  const received = (length: number) => {
    // Nothing was requested.
    if (!exchange) return end(false);
    if (exchange.headers) exchange.bytes += length;
    else {
      headBytes += length;
      const state = takeHead(exchange, head.subarray(0, headBytes));
      if (state === 'refused' || (state === 'incomplete' && headBytes === head.length)) return end(false);
    }
    if (exchange.headers && exchange.bytes === exchange.expected.content.length)
      end(!isLast(exchange.headers));
  };
  const socket = openSocket(request, {
    // Never empty: after the last byte the exchange has ended.
    buffer: () =>
      exchange?.headers ? exchange.expected.content.subarray(exchange.bytes) : head.subarray(headBytes),
    callback: (length) => {
      received(length);
      return true;
    },
  });
  socket.setTimeout(limits.connect);
  socket.once(request.isSecure ? 'secureConnect' : 'connect', () => socket.setTimeout(limits.silent));
  socket.on('timeout', () => socket.destroy());
  // For any error, `close` follows.
  socket.on('error', () => undefined);
  socket.on('close', () => end(false));
  return {
    socket,
    send: ({ head: lines, etag }, wanted) =>
      new Promise((resolve) => {
        exchange = { expected: { etag, ...wanted }, end: resolve, headers: undefined, bytes: 0 };
        if (!socket.connecting) socket.setTimeout(limits.silent);
        if (socket.destroyed) end(false);
        else socket.write(`${lines}${rangeHeader(wanted)}\r\n`, 'latin1');
      }),
  };
}

function rangeHeader({ content, position }: WantedContent): string {
  return position === undefined ? '' : `range: bytes=${position}-${position + content.length - 1}\r\n`;
}

/** Certificates are verified. */
function openSocket({ isSecure, host, port }: SignedRequest, onread: OnReadOpts): Socket {
  const options = { host, port, noDelay: true, onread };
  if (!isSecure) return connect(options);
  return connectSecurely({
    ...options,
    ALPNProtocols: ['http/1.1'],
    ...(!isIP(host) && { servername: host }),
  });
}

/** Takes the head of a response, once it is complete, and the content that was received with it. */
function takeHead(exchange: Exchange, bytes: Buffer): 'incomplete' | 'refused' | 'taken' {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return 'incomplete';
  const { expected } = exchange;
  const headers = expectedHeaders(bytes.toString('latin1', 0, headEnd), expected);
  const early = bytes.subarray(headEnd + 4);
  if (!headers || early.length > expected.content.length) return 'refused';
  expected.content.set(early);
  exchange.headers = headers;
  exchange.bytes = early.length;
  return 'taken';
}
