import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { expect, test } from '@jest/globals';
import { ServerToken } from '../../../shared/config/secret.ts';
import { callJupyter } from '../../../shared/jupyter/jupyterClient.ts';
import { startKernel } from '../../../shared/jupyter/kernel.ts';
import { ownAccess } from '../../../shared/jupyter/serverAccess.ts';

const { signal } = new AbortController();

test.each([301, 302, 303, 307, 308])(
  'a server that redirects by %d gets the token sent nowhere else, neither by a request nor by a kernel',
  async (status) => {
    const seen: (string | undefined)[] = [];
    await using elsewhere = await serve((request, response) => {
      seen.push(request.url);
      response.end('{}');
    });
    await using server = await serve((request, response) => {
      if (request.method === 'POST') response.end('{"id":"session","kernel":{"id":"kernel"}}');
      else response.writeHead(status, { Location: `${elsewhere.url}${request.url}` }).end();
    });
    const connection = { url: new URL(server.url), ...ownAccess(new ServerToken('0123456789abcdef')) };
    expect((await callJupyter(connection, { path: 'api/kernelspecs', signal })).status).toBe(status);
    const place = { kernelName: 'python3', folder: '', partId: 'part' };
    await expect(startKernel(connection, place, signal)).rejects.toMatchObject({ code: 'JUPYTER_REFUSED' });
    expect(seen).toEqual([]);
  },
);

/** A server that answers requests to upgrade like all others. */
async function serve(listener: RequestListener): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
