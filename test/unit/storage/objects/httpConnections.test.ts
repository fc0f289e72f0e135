import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import {
  createHttpConnections,
  type SignedRequest,
} from '../../../../shared/storage/objects/requests/httpConnections.ts';

const content = randomBytes(300_000);
const never = new AbortController().signal;
const stores: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];

afterEach(async () => {
  for (const store of stores.splice(0)) await stop(store);
});

async function stop({ server, sockets }: (typeof stores)[number]): Promise<void> {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
}

/** A store that answers each request by writing to its socket. */
async function startStore(
  answer: (socket: Socket, request: string) => void,
  greet: (socket: Socket) => void = () => undefined,
) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (text) => answer(socket, text.toString('latin1')));
    socket.on('error', () => undefined);
    greet(socket);
  });
  stores.push({ server, sockets });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = addressOf(server);
  const request: SignedRequest = {
    isSecure: false,
    host: '127.0.0.1',
    port,
    head: 'GET /object HTTP/1.1\r\nhost: store\r\n',
    etag: '"1"',
  };
  return { request, sockets };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('The server does not listen');
  return address;
}

/** Waits until all connections have ended, with or without an error. */
async function whenClosed(sockets: ReadonlySet<Socket>): Promise<void> {
  const open = [...sockets].filter(({ closed }) => !closed);
  await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
}

/** The head of a response of this version. */
function headOf(status: string, length: number, ...more: string[]): string {
  return [`HTTP/1.1 ${status}`, `Content-Length: ${length}`, 'ETag: "1"', ...more, '', ''].join('\r\n');
}

/** Sends the range that a request names. */
function sendRange(socket: Socket, request: string): void {
  const [, start, end] = /\r\nrange: bytes=(\d+)-(\d+)\r\n\r\n$/.exec(request) ?? [];
  const part = content.subarray(Number(start), Number(end) + 1);
  socket.write(
    headOf('206 Partial Content', part.length, `Content-Range: bytes ${start}-${end}/${content.length}`),
  );
  socket.write(part);
}

test('ranges are received into their buffers, one after the other on one connection', async () => {
  const { request, sockets } = await startStore(sendRange);
  const connections = createHttpConnections();
  const received = Buffer.alloc(content.length);
  for (const [start, end] of [
    [0, 100],
    [100, 250_000],
    [250_000, content.length],
  ]) {
    const wanted = { content: received.subarray(start, end), position: start ?? 0 };
    const { headers, bytes } = await connections.receive(request, wanted, never);
    expect(bytes).toBe(wanted.content.length);
    expect(headers?.get('etag')).toBe('"1"');
  }
  expect(received.equals(content)).toBe(true);
  expect(sockets.size).toBe(1);
});

test('concurrent ranges are received on separate connections', async () => {
  const { request, sockets } = await startStore(sendRange);
  const connections = createHttpConnections();
  const received = Buffer.alloc(content.length);
  const parts = [0, 100_000, 200_000].map((position) => ({
    content: received.subarray(position, position + 100_000),
    position,
  }));
  await Promise.all(parts.map((part) => connections.receive(request, part, never)));
  expect(received.equals(content)).toBe(true);
  expect(sockets.size).toBe(3);
});

test('a head that arrives in pieces is separated from the content that follows it', async () => {
  const { request } = await startStore(async (socket) => {
    const head = headOf('200 OK', 5);
    socket.write(head.slice(0, 20));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(`${head.slice(20)}bytes`);
  });
  const buffer = Buffer.alloc(5);
  const { bytes } = await createHttpConnections().receive(request, { content: buffer }, never);
  expect(bytes).toBe(5);
  expect(buffer.toString()).toBe('bytes');
});

test('an empty object is received', async () => {
  const { request } = await startStore((socket) => socket.write(headOf('200 OK', 0)));
  const received = await createHttpConnections().receive(request, { content: Buffer.alloc(0) }, never);
  expect(received.headers?.get('content-length')).toBe('0');
});

const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "1"\r\n';

test.each([
  ['with another status', 'HTTP/1.1 412 Precondition Failed\r\nContent-Length: 5\r\nETag: "1"\r\n\r\nwrong'],
  [
    'with a redirect',
    `${whole.replace('200 OK', '307 Temporary Redirect')}Location: http://other\r\n\r\nwrong`,
  ],
  ['with a status that only starts like the expected one', `${whole.replace('200 OK', '2000 OK')}\r\nwrong`],
  ['of another version of HTTP', `${whole.replace('1.1', '1.0')}\r\nwrong`],
  ['with another length', `${whole.replace('5', '4')}\r\nfour`],
  ['with a length that is no decimal number', `${whole.replace('5', '+5')}\r\nbytes`],
  ['with two lengths', `${whole}Content-Length: 5\r\n\r\nbytes`],
  ['with two different lengths', `${whole}Content-Length: 6\r\n\r\nbytes`],
  [
    'in chunks',
    `${whole.replace('Content-Length: 5', 'Transfer-Encoding: chunked')}\r\n5\r\nbytes\r\n0\r\n\r\n`,
  ],
  ['with a length and in chunks', `${whole}Transfer-Encoding: chunked\r\n\r\nbytes`],
  ['of another version of the object', `${whole.replace('"1"', '"2"')}\r\nbytes`],
  ['without an ETag', `${whole.replace('ETag: "1"\r\n', '')}\r\nbytes`],
  ['with a folded header', `${whole}X-Folded: one\r\n two\r\n\r\nbytes`],
  ['with a line that is no header', `${whole}nonsense\r\n\r\nbytes`],
  ['with a space before a colon', `${whole}X-Space : one\r\n\r\nbytes`],
  ['with a line end in a header', `${whole}X-Line: one\nContent-Length: 6\r\n\r\nbytes`],
  ['with more content than it says', `${whole}\r\nbytes and more`],
  ['of another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  ['whose head has no end', `${whole}X: ${'x'.repeat(70_000)}`],
])('a response %s is not received, and its connection is not reused', async (_what, response) => {
  const { request, sockets } = await startStore((socket) => socket.write(response));
  const connections = createHttpConnections();
  for (let time = 0; time < 2; time += 1) {
    const received = await connections.receive(request, { content: Buffer.alloc(5) }, never);
    expect(received).toEqual({ headers: undefined, bytes: 0 });
  }
  expect(sockets.size).toBe(2);
});

test.each([
  ['another range', 'Content-Range: bytes 11-15/100'],
  ['no range', 'X-Other: 1'],
  ['the range twice', 'Content-Range: bytes 10-14/100\r\nContent-Range: bytes 20-24/100'],
])('a response with %s is not received for a range', async (_what, range) => {
  const { request } = await startStore((socket) =>
    socket.write(`${headOf('206 Partial Content', 5, range)}bytes`),
  );
  const wanted = { content: Buffer.alloc(5), position: 10 };
  const received = await createHttpConnections().receive(request, wanted, never);
  expect(received).toEqual({ headers: undefined, bytes: 0 });
});

test('the number of bytes received before an interruption is returned', async () => {
  const { request } = await startStore((socket) => {
    socket.write(headOf('200 OK', content.length));
    socket.end(content.subarray(0, 1000));
  });
  const buffer = Buffer.alloc(content.length);
  const { bytes } = await createHttpConnections().receive(request, { content: buffer }, never);
  expect(bytes).toBe(1000);
  expect(buffer.subarray(0, 1000).equals(content.subarray(0, 1000))).toBe(true);
});

test.each(['close', 'Keep-Alive, Close'])(
  'a connection whose end the store announces (%s) is not reused',
  async (option) => {
    const { request, sockets } = await startStore((socket) => {
      socket.write(`${headOf('200 OK', 5, `Connection: ${option}`)}bytes`);
    });
    const connections = createHttpConnections();
    for (let time = 0; time < 2; time += 1) {
      const { bytes } = await connections.receive(request, { content: Buffer.alloc(5) }, never);
      expect(bytes).toBe(5);
    }
    expect(sockets.size).toBe(2);
  },
);

test('a connection that the store has closed is not reused', async () => {
  const { request, sockets } = await startStore((socket) => socket.end(`${headOf('200 OK', 5)}bytes`));
  const connections = createHttpConnections();
  for (let time = 0; time < 2; time += 1) {
    const { bytes } = await connections.receive(request, { content: Buffer.alloc(5) }, never);
    expect(bytes).toBe(5);
    await whenClosed(sockets);
  }
  expect(sockets.size).toBe(2);
});

test('unrequested bytes end an idle connection', async () => {
  const { request, sockets } = await startStore((socket) => socket.write(`${headOf('200 OK', 5)}bytes`));
  const connections = createHttpConnections();
  await connections.receive(request, { content: Buffer.alloc(5) }, never);
  for (const socket of sockets) socket.write(`${headOf('200 OK', 5)}wrong`);
  await whenClosed(sockets);
  const buffer = Buffer.alloc(5);
  await connections.receive(request, { content: buffer }, never);
  expect(buffer.toString()).toBe('bytes');
  expect(sockets.size).toBe(2);
});

test('a response that precedes its request, to another request, is not received', async () => {
  const forged = `${headOf('200 OK', 5).replace('"1"', '"forged"')}wrong`;
  const { request } = await startStore(
    (socket) => socket.write(`${headOf('200 OK', 5)}bytes`),
    (socket) => socket.write(forged),
  );
  const buffer = Buffer.alloc(5);
  const received = await createHttpConnections().receive(request, { content: buffer }, never);
  expect(received).toEqual({ headers: undefined, bytes: 0 });
});

test('an abort ends a pending response, and its connection', async () => {
  const controller = new AbortController();
  const { request, sockets } = await startStore((socket) => {
    socket.write(headOf('200 OK', 5));
    controller.abort();
  });
  const connections = createHttpConnections();
  const wanted = { content: Buffer.alloc(5) };
  expect((await connections.receive(request, wanted, controller.signal)).bytes).toBe(0);
  await whenClosed(sockets);
  expect((await connections.receive(request, wanted, controller.signal)).headers).toBeUndefined();
});

test('an unresponsive store is not awaited longer than the limit', async () => {
  const { request } = await startStore(() => undefined);
  const connections = createHttpConnections({ connect: 5000, silent: 20, idle: 20 });
  const received = await connections.receive(request, { content: Buffer.alloc(5) }, never);
  expect(received.headers).toBeUndefined();
});

test('an idle connection ends', async () => {
  const { request, sockets } = await startStore((socket) => socket.write(`${headOf('200 OK', 5)}bytes`));
  const connections = createHttpConnections({ connect: 5000, silent: 5000, idle: 20 });
  await connections.receive(request, { content: Buffer.alloc(5) }, never);
  await whenClosed(sockets);
  expect((await connections.receive(request, { content: Buffer.alloc(5) }, never)).bytes).toBe(5);
});

test('nothing is received from a store that does not listen', async () => {
  const { request } = await startStore(() => undefined);
  for (const store of stores.splice(0)) await stop(store);
  const received = await createHttpConnections().receive(request, { content: Buffer.alloc(5) }, never);
  expect(received.headers).toBeUndefined();
});

test('bytes after a response are not mistaken for the next one', async () => {
  const forged = `${headOf('200 OK', content.length)}${'forged'.repeat(50_000)}`;
  let responses = 0;
  const { request, sockets } = await startStore((socket) => {
    responses += 1;
    const rest = Buffer.from(responses === 1 ? forged : '');
    socket.write(Buffer.concat([Buffer.from(headOf('200 OK', content.length)), content, rest]));
  });
  const connections = createHttpConnections();
  for (let time = 0; time < 2; time += 1) {
    const buffer = Buffer.alloc(content.length);
    await connections.receive(request, { content: buffer }, never);
    expect(buffer.equals(content)).toBe(true);
  }
  expect(sockets.size).toBe(2);
});
