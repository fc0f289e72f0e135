import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { clientOf } from '../test/contracts/httpClient.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../test/services/stagingService.ts';
import { report, takeTurns } from './measuring.ts';

// Compares the service with cp in the same run, in turns, and prints ratios of medians: absolute times say as much
// about the machine. No tree is deleted between the turns, since ext4 is slow to use inodes again that were just freed.
const gibibytes = Number(process.env['GIB'] ?? 5);
const files = Number(process.env['FILES'] ?? 100_000);
const rounds = Number(process.env['ROUNDS'] ?? 3);

const run = promisify(execFile);
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
  peer: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const service = await startStagingService(directory, environment);
  const copy = (round: number) => join(directory, `peer-${round}`);
  const turns = await takeTurns(rounds, {
    theirs: (round) => peer(source(name), copy(round)),
    ours: (round) => stage(service, name, `${name}-${round}`),
    async after(round) {
      if (peer !== copyDurably) return;
      await rm(copy(round));
      await rm(join(service.userAreas, 'bench', `${name}-${round}`));
    },
  });
  await report(title, turns, service);
  await service.stop();
}

async function stage(service: StagingService, name: string, target: string): Promise<void> {
  const answer = await clientOf(service.url).stage('local_copy', name, target, 'bench');
  if (answer.status !== 200) throw new Error(answer.text);
}

async function copyDurably(from: string, to: string): Promise<void> {
  await run('cp', [from, to]);
  await run('sync', [to]);
}

async function copyTree(from: string, to: string): Promise<void> {
  await run('cp', ['-r', from, to]);
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
