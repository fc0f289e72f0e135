import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * What to do with a request: `loseAnswer` forwards it and breaks the connection instead of answering; `refuse` answers
 * 503 itself; `damage` changes its body on the way, `damageAnswer` the answer's; `cutAnswer` breaks the connection in
 * the middle of the answer; `hold` never answers.
 */
export type Fault = 'none' | 'loseAnswer' | 'refuse' | 'damage' | 'damageAnswer' | 'cutAnswer' | 'hold';

/** The properties of a request by which faults are chosen. `chunk` is that of the contents API. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly chunk: number | undefined;
}

/** A real HTTP proxy in front of a real service, which fails chosen requests. */
export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
}

/** Starts a proxy to this address. Request bodies are read completely before they are forwarded. */
export async function startFaultProxy(
  target: string,
  decide: (request: SeenRequest) => Fault | Promise<Fault>,
): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(async (incoming, answer) => {
    const body = await readBody(incoming);
    const seenRequest = describe(incoming, body);
    seen.push(seenRequest);
    const fault = await decide(seenRequest);
    if (fault === 'hold') return;
    if (fault === 'refuse') return void answer.writeHead(503).end('{"message":"no room"}');
    forward(incoming, fault === 'damage' ? damaged(body) : body, answer, fault);
  });
  const forward = (incoming: IncomingMessage, body: Buffer, answer: ServerResponse, fault: Fault) => {
    const { method, url: path, headers } = incoming;
    // A connection for each request: one that the service closes while it is idle would be a fault of our own.
    const onward = request({ hostname, port, method, path, headers, agent: false }, (reply) => {
      if (fault === 'loseAnswer') return void reply.resume().once('end', () => incoming.socket.destroy());
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      if (fault === 'damageAnswer') return void damageFirst(reply, answer);
      if (fault === 'cutAnswer') {
        return void reply.once('data', (part) => answer.write(part, () => incoming.socket.destroy()));
      }
      reply.pipe(answer);
    });
    onward.on('error', () => incoming.socket.destroy());
    answer.on('close', () => onward.destroy());
    onward.end(body);
  };
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (incoming, socket, head) =>
    tunnel(incoming, socket, head, connect(Number(port), hostname)),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function tunnel(incoming: IncomingMessage, socket: Duplex, head: Buffer, onward: Socket): void {
  const headers = incoming.rawHeaders.reduce(
    (text, part, at) => text + part + (at % 2 === 0 ? ': ' : '\r\n'),
    '',
  );
  onward.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers}\r\n`);
  onward.write(head);
  for (const [one, other] of [
    [socket, onward],
    [onward, socket],
  ] as const) {
    one.pipe(other);
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  // A client that aborts has sent enough for a test.
  await incoming.forEach((part) => void parts.push(part)).catch(() => undefined);
  return Buffer.concat(parts);
}

function describe({ method = '', url: path = '' }: IncomingMessage, body: Buffer): SeenRequest {
  const chunk = /"chunk":(-?\d+)/.exec(body.subarray(0, 100).toString('latin1'))?.[1];
  return { method, path, chunk: chunk === undefined ? undefined : Number(chunk) };
}

/** The first byte of the answer is changed. */
async function damageFirst(reply: IncomingMessage, answer: ServerResponse): Promise<void> {
  const bytes = await readBody(reply);
  bytes[0] = (bytes[0] ?? 0) ^ 0xff;
  answer.end(bytes);
}

/** A letter in the middle of the base64 is changed, so that the size stays the same. */
function damaged(body: Buffer): Buffer {
  const middle = body.length - 10;
  return Buffer.concat([
    body.subarray(0, middle),
    Buffer.from(body[middle] === 0x41 ? 'B' : 'A'),
    body.subarray(middle + 1),
  ]);
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address !== 'object' || !address) throw new Error('The proxy does not listen');
  return address.port;
}
