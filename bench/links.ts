import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { benchmark, type Contender, sizeOf } from './harness/benchmark.ts';
import { writeFolders } from './harness/files.ts';
import { stageBatch } from './harness/load.ts';
import { timed } from './harness/measuring.ts';
import { type OwnProgram, startOurs } from './harness/programs.ts';

// Links datasets into a user area by one batch, compared with `mount --bind`, by which PrepareData delivers them. Ours
// are recorded one by one, and synced to disk.
const datasets = sizeOf('DATASETS', 1000);
const filesInEach = sizeOf('FILES_IN_EACH', 4);

await benchmark('links', async (bench) => {
  const names = await writeFolders(bench.sourceStorage, datasets, filesInEach);
  const ours = (name: string, program: OwnProgram): Contender => ({
    name,
    async turn(round) {
      const items = names.map((dataset) => ({
        local_path_on_storage: dataset,
        relative_path: `${round}/${dataset}`,
      }));
      const { seconds } = await timed(() => stageBatch(program.origin, 'symlink_copy', items));
      return { perSecond: datasets / seconds, seconds };
    },
  });
  await bench.compare({
    what: `${datasets} datasets linked by one batch`,
    shown: ['perSecond'],
    contenders: [
      ours('ours, symbolic links', await startOurs(bench, 'symbolic', { LINK_MODE: 'symbolic' })),
      ours(
        `ours, hard links of ${filesInEach} files each`,
        await startOurs(bench, 'hard', { LINK_MODE: 'hard' }),
      ),
      ...((await canMount()) ? [bindMounts(bench.sourceStorage, join(bench.directory, 'mounted'))] : []),
    ],
  });

  /** Mounting requires root; in a separate mount namespace, mounts vanish when it ends. */
  async function canMount(): Promise<boolean> {
    try {
      await bench.addVersion('mount', 'unshare', '--mount', 'mount', '--version');
      return true;
    } catch (error) {
      bench.leaveOut(`mount --bind, which needs root: ${error}`);
      return false;
    }
  }
});

/** One shell mounts them all, one command after the other. It measures itself, so that unmounting is not counted. */
function bindMounts(from: string, to: string): Contender {
  const script =
    'mkdir -p "$2"; cd "$1"; begin=$(date +%s%N); for dataset in *; do ' +
    'mkdir -p "$2/$dataset" && mount --bind "$dataset" "$2/$dataset" || exit 1; done; echo $(($(date +%s%N) - begin))';
  return {
    name: 'mount --bind',
    isPeer: true,
    async turn(round) {
      const target = join(to, String(round));
      const command = ['--mount', 'sh', '-c', script, 'sh', from, target];
      const { stdout } = await promisify(execFile)('unshare', command);
      const seconds = Number(stdout) / 1e9;
      return { perSecond: datasets / seconds, seconds };
    },
  };
}
