import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { clientOf } from '../test/contracts/httpClient.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../test/services/stagingService.ts';

// Queues operations behind one that waits for a hub which never answers, and prints the service's memory and its
// response times of GET /operations, before and after. Before that, as many operations are requested and end, so that
// the service has the size of one that has worked for a while.
const operations = Number(process.env['OPERATIONS'] ?? 10_000);
const requests = Number(process.env['REQUESTS'] ?? 500);

const hub = createServer();
hub.listen(0, '127.0.0.1');
await once(hub, 'listening');
const address: AddressInfo | string | null = hub.address();
const port = typeof address === 'object' ? address?.port : undefined;
const directory = await makeDataDirectory();
const service = await startStagingService(directory, {
  CONCURRENCY: '1',
  SHUTDOWN_TIMEOUT: '0',
  JUPYTERHUB_URL: `http://127.0.0.1:${port}`,
  JUPYTERHUB_API_TOKEN: 'the-token-of-the-hub',
});
try {
  await writeFile(join(service.sourceStorage, 'small'), 'small');
  await queue('missing');
  const before = await report('idle');
  await queue('small');
  await report(`${operations} operations wait`, before);
  const begun = performance.now();
  await service.stop();
  process.stdout.write(`ended in ${((performance.now() - begun) / 1000).toFixed(1)} s after SIGTERM\n`);
} finally {
  await service.kill();
  hub.closeAllConnections();
  hub.close();
  await removeDataDirectory(directory);
}

/** Requests many operations, twenty at a time. Their file is missing, so each ends quickly. */
async function queue(name: string): Promise<void> {
  const atOnce = pLimit(20);
  const ask = async (index: number) => {
    const body = { local_path_on_storage: name, relative_path: `folder/${index}` };
    const headers = { prefer: 'respond-async' };
    const answer = await clientOf(service.url).post('/stage/jupyter?username=ann', body, headers);
    if (answer.status !== 202) throw new Error(answer.text);
  };
  await Promise.all(Array.from({ length: operations }, (_, index) => atOnce(() => ask(index))));
}

/** Prints one line, with ratios to an earlier one; returns the median and the 99th percentile, in ms. */
async function report(title: string, before?: readonly number[]): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < requests; index += 1) {
    const begun = performance.now();
    await clientOf(service.url).get('/operations?limit=50');
    times.push(performance.now() - begun);
  }
  times.sort((one, other) => one - other);
  const shares = [0.5, 0.99].map((share) => times[Math.floor(times.length * share)] ?? Number.NaN);
  const words = shares.map((ms, index) => {
    const ratio = before ? ` (${(ms / (before[index] ?? Number.NaN)).toFixed(1)} ×)` : '';
    return `${ms.toFixed(1)} ms${ratio}`;
  });
  process.stdout.write(`${title}: ${await residentMemory(service)} MiB; p50 ${words[0]}, p99 ${words[1]}\n`);
  return shares;
}

async function residentMemory({ process: { pid } }: StagingService): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
