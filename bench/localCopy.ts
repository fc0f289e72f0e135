import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clientOf } from '../test/contracts/httpClient.ts';
import { benchmark, type Contender, sizeOf } from './harness/benchmark.ts';
import { writeFolders, writeLargeFile, writeManyFiles } from './harness/files.ts';
import { timedWithCpu, timedWithSync } from './harness/measuring.ts';
import { type OwnProgram, startOurs } from './harness/programs.ts';

// Copies one large file, and trees of many, compared with cp and sync, because ours are synced when the service
// answers. No tree is removed between the turns, because ext4 is slow to reuse inodes that were just freed.
const gibibytes = sizeOf('GIB', 5);
const files = sizeOf('FILES', 100_000);
const folders = sizeOf('FOLDERS', 20_000);

const run = promisify(execFile);

await benchmark('localCopy', async (bench) => {
  await bench.addVersion('cp', 'cp', '--version');
  const source = (name: string) => join(bench.sourceStorage, name);
  const withDigests = await startOurs(bench, 'ours');
  const without = await startOurs(bench, 'ours, DIGESTS=none', { DIGESTS: 'none' });
  const compare = (what: string, name: string, contenders: readonly Contender[]) =>
    bench.compare({
      what,
      shown: ['seconds', 'cpuSeconds'],
      warmsUp: false,
      contenders: [...contenders, copyByCommand(source(name), join(bench.directory, `peer-${name}`))],
    });
  await writeLargeFile(source('large'), gibibytes * 1024);
  await compare(
    `a file of ${gibibytes} GiB copied`,
    'large',
    [withDigests, without].map((program) => stage(program, 'large')),
  );
  await rm(source('large'));
  await writeManyFiles(source('many'), files);
  await compare(`${files.toLocaleString('en')} files of 4 KiB copied`, 'many', [stage(withDigests, 'many')]);
  await writeFolders(source('folders'), folders, 1);
  const title = `${folders.toLocaleString('en')} folders with a file each copied`;
  await compare(title, 'folders', [stage(withDigests, 'folders')]);
});

function stage({ name, origin, pid, service }: OwnProgram, source: string): Contender {
  return {
    name,
    async turn(round) {
      const target = `${source}-${round}`;
      const spent = await timedWithCpu(pid, async () => {
        const answer = await clientOf(origin).stage('local_copy', source, target, 'bench');
        if (answer.status !== 200) throw new Error(answer.text);
      });
      if (source === 'large') await rm(join(service.userAreas, 'bench', target));
      return { ...spent, unsyncedSeconds: spent.seconds };
    },
  };
}

function copyByCommand(source: string, target: string): Contender {
  const isTree = !source.endsWith('large');
  return {
    name: 'cp and sync',
    isPeer: true,
    async turn(round) {
      const copy = `${target}-${round}`;
      const spent = await timedWithSync(() => run('cp', ['-r', source, copy]), copy, isTree);
      if (!isTree) await rm(copy);
      return spent;
    },
  };
}
