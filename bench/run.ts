import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { clientOf } from '../test/contracts/httpClient.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../test/services/stagingService.ts';

// Compares the service with cp in the same run, in turns, and prints ratios of medians: absolute times say as much
// about the machine. Nothing is deleted between the turns, since ext4 is slow to use inodes again that were just freed.
const gibibytes = Number(process.env['GIB'] ?? 5);
const files = Number(process.env['FILES'] ?? 100_000);
const rounds = Number(process.env['ROUNDS'] ?? 3);

const directory = await makeDataDirectory();
const source = (...names: string[]) => join(directory, 'source_storage', ...names);
try {
  await makeLargeFile(source('large'));
  await compare('one file, DIGESTS=none, against cp and sync', 'large', { DIGESTS: 'none' }, copyDurably);
  await compare('one file, with digests, against cp and sync', 'large', {}, copyDurably);
  await rm(source('large'));
  await makeManyFiles(source('many'));
  await compare(`${files} files of 1 KiB, against cp -r`, 'many', {}, copyTree);
} finally {
  await removeDataDirectory(directory);
}

/** One comparison: cp and the service in turns. */
async function compare(
  title: string,
  name: string,
  environment: NodeJS.ProcessEnv,
  peer: (from: string, to: string) => void,
): Promise<void> {
  const service = await startStagingService(directory, environment);
  const times: { ours: number; theirs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const copy = join(directory, `peer-${round}`);
    const theirs = await seconds(async () => peer(source(name), copy));
    if (peer === copyDurably) await rm(copy);
    const ours = await seconds(() => stage(service, name, `${name}-${round}`));
    if (peer === copyDurably) await rm(join(service.userAreas, 'bench', `${name}-${round}`));
    times.push({ ours, theirs });
  }
  const ratio = median(times.map(({ ours }) => ours)) / median(times.map(({ theirs }) => theirs));
  const each = times.map(({ ours, theirs }) => `${ours.toFixed(1)}/${theirs.toFixed(1)}`).join(', ');
  const peak = await peakMemory(service);
  process.stdout.write(
    `${title}: ${ratio.toFixed(2)} × (seconds ours/theirs: ${each}); peak memory ${peak} MiB\n`,
  );
  await service.stop();
}

async function stage(service: StagingService, name: string, target: string): Promise<void> {
  const answer = await clientOf(service.url).stage('local_copy', name, target, 'bench');
  if (answer.status !== 200) throw new Error(answer.text);
}

function copyDurably(from: string, to: string): void {
  execFileSync('cp', [from, to]);
  execFileSync('sync', [to]);
}

function copyTree(from: string, to: string): void {
  execFileSync('cp', ['-r', from, to]);
}

async function makeLargeFile(path: string): Promise<void> {
  const block = randomFillSync(Buffer.alloc(1024 ** 2));
  const blocks = Array.from({ length: gibibytes * 1024 }, () => block);
  await pipeline(Readable.from(blocks), createWriteStream(path));
}

async function makeManyFiles(path: string): Promise<void> {
  const content = randomFillSync(Buffer.alloc(1024));
  for (let made = 0; made < files; made += 1000) {
    const folder = join(path, String(made));
    await mkdir(folder, { recursive: true });
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) => writeFile(join(folder, String(index)), content)),
    );
  }
}

/** The most memory that a service has taken (VmHWM), in MiB. */
async function peakMemory(service: StagingService): Promise<number> {
  const status = await readFile(`/proc/${service.process.pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
