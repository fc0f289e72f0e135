import { joinNames } from '../../model/fileName.ts';
import { addFingerprints, fingerprintModulus, type Measure } from '../threads/fingerprint.ts';
import type { StorageThreads } from '../threads/threadPool.ts';
import type { MountedSource } from './openAt.ts';
import { walkInParallel } from './parallelWalk.ts';
import type { SourceStorage } from './sourceStorage.ts';

/**
 * Measures a file or a whole tree; links in a tree count as what they lead to, because that is what a copy contains.
 */
export async function measure(
  storage: SourceStorage,
  source: MountedSource,
  threads: StorageThreads,
): Promise<Measure> {
  if (source.kind === 'file') return { bytes: Number(source.stat.size), files: 1, fingerprint: 0 };
  const total = { bytes: 0, files: 0, fingerprint: 0 };
  const add = (measured: Measure) => {
    total.bytes += measured.bytes;
    total.files += measured.files;
    total.fingerprint = addFingerprints(total.fingerprint, measured.fingerprint);
  };
  await walkInParallel(storage, { source, targetFolder: undefined }, threads.parallelism, {
    enter: async () => undefined,
    files: async (folder, names) =>
      add(await threads.run('measureFiles', { sourceFd: folder.source.handle.fd, names: joinNames(names) })),
    linkedFile: async (_folder, _name, file) => {
      const fingerprint = Number((file.stat.mtimeNs + file.stat.ino) % BigInt(fingerprintModulus));
      add({ bytes: Number(file.stat.size), files: 1, fingerprint });
    },
  });
  return total;
}
