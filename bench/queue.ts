import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { clientOf } from '../test/contracts/httpClient.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../test/services/stagingService.ts';

// Queues operations in a service that works on a few large ones, and prints its memory and how soon it answers
// GET /operations: idle, while it copies, and while it copies with all that waits.
const operations = Number(process.env['OPERATIONS'] ?? 10_000);
const requests = Number(process.env['REQUESTS'] ?? 500);

const directory = await makeDataDirectory();
const source = join(directory, 'source_storage');
const service = await startStagingService(directory, {
  CONCURRENCY: '1',
  DIGESTS: 'none',
  SHUTDOWN_TIMEOUT: '0',
});
try {
  await writeFile(join(source, 'small'), 'small');
  await writeFile(join(source, 'large'), '');
  // It is all holes: it takes no space at the source.
  await truncate(join(source, 'large'), 4 * 1024 ** 3);
  await queue('ann', 'small', 200);
  await idle();
  const before = await report('idle');
  for (let index = 0; index < 20; index += 1) await begin('ann', 'large', `large-${index}`);
  await report('copying', before);
  await queue('ann', 'waiting', operations);
  await report(`copying, ${operations} operations wait`, before);
  const begun = performance.now();
  await service.stop();
  process.stdout.write(`ended in ${((performance.now() - begun) / 1000).toFixed(1)} s after SIGTERM\n`);
} finally {
  await service.kill();
  await removeDataDirectory(directory);
}

async function begin(username: string, name: string, target: string): Promise<void> {
  const body = { local_path_on_storage: name, relative_path: target };
  const headers = { prefer: 'respond-async' };
  const answer = await clientOf(service.url).post(`/stage/local?username=${username}`, body, headers);
  if (answer.status !== 202) throw new Error(answer.text);
}

/** Asks for so many small files, twenty requests at a time. */
async function queue(username: string, folder: string, count: number): Promise<void> {
  const atOnce = pLimit(20);
  const all = Array.from({ length: count }, (_, index) =>
    atOnce(() => begin(username, 'small', `${folder}/${index}`)),
  );
  await Promise.all(all);
}

async function idle(): Promise<void> {
  const left = async () => (await clientOf(service.url).operations('&phase=QUEUED')).length;
  while ((await left()) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
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
  const memory = await residentMemory(service);
  process.stdout.write(`${title}: ${memory} MiB; p50 ${words[0]}, p99 ${words[1]}\n`);
  return shares;
}

async function residentMemory({ process: { pid } }: StagingService): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
