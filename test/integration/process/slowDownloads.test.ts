import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

const clients = 200;
/** More than the buffers of a connection hold. */
const content = randomBytes(16 * 1024 * 1024);

let directory: string;
let service: StagingService;
beforeAll(async () => {
  directory = await makeDataDirectory();
  service = await startStagingService(directory, { DOWNLOADS_PER_USER: String(clients) });
  await writeFile(join(service.sourceStorage, 'large'), content);
});
afterAll(async () => {
  await service.stop();
  await removeDataDirectory(directory);
});

/** The peak memory of the service since its start, or since it was last forgotten, in MiB. */
async function peakMemory(): Promise<number> {
  const status = await readFile(`/proc/${service.process.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

async function begin(): Promise<IncomingMessage> {
  const [answer] = await once(get(`${service.url}/download/large`, { agent: false }), 'response');
  return answer;
}

test('hundreds of clients that do not read take little memory, and get the whole file when they do', async () => {
  await buffer(await begin());
  await writeFile(`/proc/${service.process.pid}/clear_refs`, '5');
  const before = await peakMemory();
  const answers = await Promise.all(Array.from({ length: clients }, begin));
  await waitFor(async () => {
    const running = await clientOf(service.url).operations('&phase=EXECUTING');
    return running.filter(({ bytes_done: bytes }) => bytes > 0).length === clients;
  });
  expect((await peakMemory()) - before).toBeLessThan(70);
  const [first, ...others] = answers;
  for (const answer of others) answer.destroy();
  expect(first && (await buffer(first)).equals(content)).toBe(true);
});
