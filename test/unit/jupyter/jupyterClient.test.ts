import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { expect, test } from '@jest/globals';
import { ServerToken } from '../../../shared/config/secret.ts';
import { callJupyter } from '../../../shared/jupyter/jupyterClient.ts';
import { harmless } from '../../../shared/process/liveSecrets.ts';

/** As long as it exists, it is redacted. */
const token = new ServerToken('0123456789abcdef');

test("another program's message becomes one short line without our token", () => {
  expect(harmless('a\r\n\tb\u001b[31m')).toBe('a b [31m');
  expect(harmless(`refused ${token.reveal()}`)).toBe('refused [secret]');
  expect(harmless('x'.repeat(1000))).toHaveLength(301);
});

test('the token is sent in a header, not in the URL', async () => {
  const seen = await answered((request, response) =>
    response.end(JSON.stringify([request.url, request.headers.authorization])),
  );
  expect(seen.json).toEqual(['/a', 'token 0123456789abcdef']);
});

test('an endless answer is cut off', async () => {
  const endless: RequestListener = (_, response) => {
    const more = () => {
      while (response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', more);
    more();
  };
  await expect(answered(endless)).rejects.toMatchObject({ code: 'JUPYTER_UNREACHABLE' });
});

test('a server that does not answer is not awaited indefinitely', async () => {
  await expect(answered(() => undefined, 100)).rejects.toThrow(
    'JupyterHub cannot be reached: no answer within 0.1 seconds.',
  );
});

test('a redirect is not followed, and its target is reported', async () => {
  const redirect: RequestListener = (_, response) =>
    response.writeHead(302, { Location: 'https://hub.example/x?next=y' }).end();
  expect(await answered(redirect)).toMatchObject({
    status: 302,
    message: '302, a redirect to https://hub.example/x',
  });
});

async function answered(listener: RequestListener, timeoutMs = 5000) {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  try {
    const signal = new AbortController().signal;
    return await callJupyter(
      { url: new URL(`http://127.0.0.1:${port}/`), token: async () => token },
      { path: 'a', timeoutMs, signal },
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
