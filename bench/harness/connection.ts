import { connect, type Socket } from 'node:net';

/** A request. */
export interface Call {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A cheap client, so that the server is measured and not the client. */
export interface Connection {
  /** Resolves with the number of bytes in the answer's body. Rejects unless the answer is 2xx. */
  send(call: Call): Promise<number>;
  close(): void;
}

/** The size of a read, into one buffer that is reused. */
const bufferBytes = 256 * 1024;

/** How the answer to the current call continues. */
interface Reading {
  readonly resolve: (bytes: number) => void;
  readonly reject: (error: Error) => void;
  /** The head up to the empty line, with the beginning of the body; all of an error. */
  text: string;
  /** Undefined until the head has arrived. */
  bodyBytes?: number;
  readBytes: number;
}

/**
 * Opens a persistent connection (HTTP/1.1), with one call at a time. Only answers with a Content-Length are supported.
 */
export function openConnection(origin: string): Connection {
  const { hostname, port, host } = new URL(origin);
  let socket: Socket | undefined;
  let reading: Reading | undefined;

  const end = (error?: Error) => {
    const ended = reading;
    reading = undefined;
    if (error) ended?.reject(error);
    else ended?.resolve(ended.readBytes);
  };
  const readHead = (current: Reading) => {
    const headEnd = current.text.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = /^content-length: *(\d+)/im.exec(current.text)?.[1];
    if (length === undefined) return end(new Error(`An answer has no length:\n${current.text}`));
    current.bodyBytes = Number(length);
    current.readBytes = current.text.length - headEnd - 4;
  };
  const read = (bytes: Buffer) => {
    const current = reading;
    if (!current) return;
    if (current.bodyBytes === undefined) {
      current.text += bytes.toString('latin1');
      readHead(current);
    } else {
      current.readBytes += bytes.length;
      if (!isSuccess(current)) current.text += bytes.toString('latin1');
    }
    if (current.bodyBytes === undefined || current.readBytes < current.bodyBytes) return;
    // nginx closes a connection after a thousand answers.
    if (/^connection: *close/im.test(current.text)) drop();
    end(isSuccess(current) ? undefined : new Error(current.text));
  };
  const drop = () => {
    socket?.destroy();
    socket = undefined;
  };
  const open = () => {
    const buffer = Buffer.allocUnsafe(bufferBytes);
    const opened = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer,
        callback(count) {
          read(buffer.subarray(0, count));
          return true;
        },
      },
    });
    const ended = (error?: Error) => {
      if (socket !== opened) return;
      socket = undefined;
      end(error ?? new Error('The connection ended before the answer'));
    };
    opened.on('error', ended).on('close', () => ended());
    return opened;
  };
  return {
    send({ path, method = 'GET', headers = {}, body = '' }) {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const length = body === '' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
      return new Promise((resolve, reject) => {
        reading = { resolve, reject, text: '', readBytes: 0 };
        socket ??= open();
        socket.write(`${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${lines.join('')}${length}\r\n${body}`);
      });
    },
    close: drop,
  };
}

function isSuccess({ text }: Reading): boolean {
  return /^HTTP\/1\.1 2/.test(text);
}
