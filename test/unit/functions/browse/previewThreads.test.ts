import { open } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { createPreviewThreads } from '../../../../functions/browse/threads/previewThreads.ts';

test('of many concurrent previews, some are refused, and the others wait until their clients give up', async () => {
  const threads = createPreviewThreads();
  await using root = await open('/');
  const task = { fd: root.fd, hidden: [], limitMs: 60_000 };
  const refused: unknown[] = [];
  const clients = Array.from({ length: 60 }, () => new AbortController());
  const asked = clients.map(async ({ signal }) => {
    await threads.run('measureFolder', task, signal).catch((error) => {
      refused.push(error);
      // All have been requested by now, and some refused.
      for (const client of clients) client.abort(new Error('given up'));
    });
  });
  await Promise.all(asked);
  await threads.close();
  const [first, last] = [refused[0], refused.at(-1)];
  expect([first, last]).toMatchObject([{ code: 'PREVIEWS_BUSY' }, { message: 'given up' }]);
});
