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

// Compares the service with cp in the same run, alternately, and prints ratios of medians, because absolute times
// depend on the machine. No tree is deleted between the turns, because ext4 is slow to reuse inodes that were just
// freed.
const gibibytes = Number(process.env['GIB'] ?? 5);
const files = Number(process.env['FILES'] ?? 100_000);
const folders = Number(process.env['FOLDERS'] ?? 20_000);
const rounds = Number(process.env['ROUNDS'] ?? 3);

/** How the reference copies, and syncs the copy to disk. */
interface Peer {
  readonly copy: readonly string[];
  readonly sync: readonly string[];
}

const filePeer: Peer = { copy: ['cp'], sync: ['sync'] };
const treePeer: Peer = { copy: ['cp', '-r'], sync: ['sync', '--file-system'] };

const run = promisify(execFile);
const directory = await makeDataDirectory();
const source = (...names: string[]) => join(directory, 'source_storage', ...names);
try {
  await makeLargeFile(source('large'));
  await compare('one file, DIGESTS=none, against cp', 'large', { DIGESTS: 'none' }, filePeer);
  await compare('one file, with digests, against cp', 'large', {}, filePeer);
  await rm(source('large'));
  await makeManyFiles(source('many'));
  await compare(`${files} files of 4 KiB, against cp -r`, 'many', {}, treePeer);
  await makeManyFolders(source('folders'));
  await compare(`${folders} folders with a file each, against cp -r`, 'folders', {}, treePeer);
} finally {
  await removeDataDirectory(directory);
}

/** One comparison: cp and the service alternately. */
async function compare(
  title: string,
  name: string,
  environment: NodeJS.ProcessEnv,
  peer: Peer,
): Promise<void> {
  const service = await startStagingService(directory, environment);
  const copy = (round: number) => join(directory, `peer-${round}`);
  const turns = await takeTurns(rounds, service, {
    theirs: (round) => command(peer.copy, source(name), copy(round)),
    theirSync: (round) => command(peer.sync, copy(round)),
    ours: (round) => stage(service, name, `${name}-${round}`),
    async after(round) {
      if (peer === treePeer) return;
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

async function command([program = '', ...options]: readonly string[], ...paths: string[]): Promise<void> {
  await run(program, [...options, ...paths]);
}

async function makeLargeFile(path: string): Promise<void> {
  const block = randomFillSync(Buffer.alloc(1024 ** 2));
  const blocks = Array.from({ length: gibibytes * 1024 }, () => block);
  await pipeline(Readable.from(blocks), createWriteStream(path));
}

async function makeManyFiles(path: string): Promise<void> {
  const content = randomFillSync(Buffer.alloc(4096));
  for (let made = 0; made < files; made += 1000) {
    const folder = join(path, String(made));
    await mkdir(folder, { recursive: true });
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) => writeFile(join(folder, String(index)), content)),
    );
  }
}

async function makeManyFolders(path: string): Promise<void> {
  for (let made = 0; made < folders; made += 1000) {
    await Promise.all(
      Array.from({ length: 1000 }, async (_, index) => {
        const folder = join(path, String(made + index));
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, 'file'), 'content');
      }),
    );
  }
}
