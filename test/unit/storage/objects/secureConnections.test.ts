import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const run = promisify(execFile);
const program = join(import.meta.dirname, 'receiveProgram.ts');
const sent = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "1"\r\n\r\nbytes';
let directory: string;
let store: Server;
let requests = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'secure-connections-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const options = ['-x509', '-nodes', '-newkey', 'rsa:2048', '-subj', '/CN=localhost', '-days', '1'];
  await run('openssl', [
    'req',
    ...options,
    '-addext',
    'subjectAltName=DNS:localhost',
    '-keyout',
    key,
    '-out',
    cert,
  ]);
  store = createServer({ key: await readFile(key), cert: await readFile(cert) }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      requests += 1;
      socket.write(sent);
    });
  });
  store.on('tlsClientError', () => undefined);
  await once(store.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  store.close();
  await rm(directory, { recursive: true });
});

async function receiveFrom(host: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const address = store.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const command = ['--import', 'tsx', program, host, String(port)];
  const env = { PATH: process.env['PATH'], ...environment };
  return (await run(process.execPath, command, { env, timeout: 60_000 })).stdout;
}

test('objects are received from a store with a trusted certificate', async () => {
  const trusted = { NODE_EXTRA_CA_CERTS: join(directory, 'certificate.pem') };
  expect(await receiveFrom('localhost', trusted)).toBe('bytes');
  expect(requests).toBe(1);
});

test('no request is sent to a store whose certificate is not trusted, or of another host', async () => {
  const before = requests;
  expect(await receiveFrom('localhost', {})).toBe('');
  const trusted = { NODE_EXTRA_CA_CERTS: join(directory, 'certificate.pem') };
  expect(await receiveFrom('127.0.0.1', trusted)).toBe('');
  expect(requests).toBe(before);
});
