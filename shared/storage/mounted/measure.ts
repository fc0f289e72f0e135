import { allocatedBytes } from '../io/holes.ts';
import { Progress, stopOnAbort } from '../progress.ts';
import { addMeasures, emptyMeasure, fingerprintModulus, type Measure } from '../threads/fingerprint.ts';
import type { StorageThreads } from '../threads/threadPool.ts';
import type { OpenDirectory, OpenFile } from './openAt.ts';
import type { SourceStorage } from './sourceStorage.ts';

/** The dependencies for measuring a tree. */
interface MeasuringMeans {
  readonly storage: SourceStorage;
  readonly threads: StorageThreads;
  readonly signal: AbortSignal;
}

/**
 * Measures a whole tree; links in it count as the files that they lead to, because copies contain those.
 * @throws the signal's reason; errors of the walk
 */
export async function measureTree(
  source: OpenDirectory,
  { storage, threads, signal }: MeasuringMeans,
): Promise<Measure> {
  const progress = new Progress();
  let total = emptyMeasure;
  const add = (measured: Measure) => {
    total = addMeasures(total, measured);
  };
  await stopOnAbort(progress, signal, async () => {
    // Loaded when it is needed, because most sources are one file.
    const { walkInParallel } = await import('./parallelWalk.ts');
    await walkInParallel(
      storage,
      { source },
      {
        parallelism: threads.parallelism,
        progress,
        async visit(task) {
          const { measure, ...rest } = await threads.run('measureTree', {
            ...task,
            progressMemory: progress.memory,
          });
          add(measure);
          return rest;
        },
        linkedFile: async (_folder, _name, file) => add(measureFile(file)),
      },
    );
  });
  return total;
}

/** Measures an open file. */
export function measureFile({ stat }: OpenFile): Measure {
  return {
    bytes: Number(stat.size),
    files: 1,
    allocatedBytes: allocatedBytes({ size: Number(stat.size), blocks: Number(stat.blocks) }),
    fingerprint: Number((stat.mtimeNs + stat.ino) % BigInt(fingerprintModulus)),
  };
}
