import { createBoundedWork } from './boundedWork.ts';
import type { Source } from './source.ts';
import type { SourceStorage } from './sourceStorage.ts';
import type { StorageThreads } from './storageThreads.ts';
import { walkTree } from './treeWalk.ts';

/** How much there is to stage. */
export interface Measure {
  readonly bytes: number;
  readonly files: number;
}

/** Measures a file or a whole tree; links in a tree count as what they lead to, for that is what a copy holds. */
export async function measure(
  storage: SourceStorage,
  source: Source,
  threads: StorageThreads,
): Promise<Measure> {
  if (source.kind === 'file') return { bytes: Number(source.stat.size), files: 1 };
  const total = { bytes: 0, files: 0 };
  const work = createBoundedWork(threads.parallelism);
  try {
    for await (const event of walkTree(storage, source)) {
      if (event.kind === 'files') {
        const { directory, names } = event;
        const add = async () => {
          const measured = await threads.run('measureFiles', { sourceFd: directory.handle.fd, names });
          total.bytes += measured.bytes;
          total.files += names.length;
        };
        await work.begin(add);
      } else if (event.kind === 'linkedFile') {
        total.bytes += Number(event.file.stat.size);
        total.files += 1;
      } else if (event.kind === 'leave' && event.directory !== source) {
        await work.settle();
        await event.directory.handle.close();
      }
    }
    await work.finish();
  } finally {
    await work.settle();
  }
  return total;
}
