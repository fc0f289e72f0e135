import { mkdir, opendir } from 'node:fs/promises';
import { displayName, type FileName, fileNameFromLatin1 } from '../../model/fileName.ts';
import type { DigestMeans } from '../digest/digestOpenFile.ts';
import { targetError } from '../io/storageErrors.ts';
import { type OpenDirectory, openDirectoryAt, pathIn } from '../mounted/openAt.ts';
import type { SourceStorage } from '../mounted/sourceStorage.ts';
import { Progress, stopOnAbort } from '../progress.ts';
import type { TreeCopy } from '../source.ts';
import { addMeasures, emptyMeasure, type Measure, measureFile } from '../threads/fingerprint.ts';
import type { Owner } from '../threads/trees/treeFiles.ts';
import { pathOf, type VisitedFolder } from '../threads/trees/visits.ts';
import { type ClosedDirectory, makeClosedDirectory } from '../userArea/closedDirectory.ts';

/** The arguments of copying or linking a tree. */
export interface TreeJob extends Omit<TreeCopy, 'signal'> {
  readonly storage: SourceStorage;
}

/**
 * Copies a tree into an empty folder: read-only, and with modification times.
 * @returns the measure of the copies
 */
export async function copyTree(
  { storage, threads, progress, owner, checksumsFd }: TreeJob,
  source: OpenDirectory,
  target: ClosedDirectory,
): Promise<Measure> {
  const options = { owner, checksumsFd, progressMemory: progress.memory };
  let mayClone = true;
  let total = emptyMeasure;
  const add = (copied: { readonly measure: Measure }) => {
    total = addMeasures(total, copied.measure);
  };
  // Loaded on demand, because most sources are one file.
  const { walkInParallel } = await import('../mounted/parallelWalk.ts');
  await walkInParallel({
    storage,
    threads,
    source,
    targetFd: target.handle.fd,
    progress,
    async visit(task) {
      const { rest, open, ...copied } = await threads.run('copyTree', { ...task, ...options, mayClone });
      mayClone &&= copied.mayClone;
      add(copied);
      return { rest, open };
    },
    async linkedFile(folder, name, file) {
      const place = { folderFd: targetFdOf(folder), name, path: pathOf(folder, name) };
      add(await threads.run('copyOpenFileTo', { sourceFd: file.handle.fd, ...place, ...options, mayClone }));
    },
  });
  return total;
}

/**
 * Measures a whole tree; links in it count as the files that they lead to, because copies contain those.
 * @throws the signal's reason; errors of the walk
 */
export async function measureTree(
  source: OpenDirectory,
  storage: SourceStorage,
  { threads, signal }: Pick<DigestMeans, 'threads' | 'signal'>,
): Promise<Measure> {
  const progress = new Progress();
  const progressMemory = progress.memory;
  let total = emptyMeasure;
  const add = (measured: Measure) => {
    total = addMeasures(total, measured);
  };
  await stopOnAbort(progress, signal, async () => {
    const { walkInParallel } = await import('../mounted/parallelWalk.ts');
    await walkInParallel({
      storage,
      threads,
      source,
      progress,
      async visit(task) {
        const { measure, ...rest } = await threads.run('measureTree', { ...task, progressMemory });
        add(measure);
        return rest;
      },
      linkedFile: async (_folder, _name, file) => add(measureFile(file.stat)),
    });
  });
  return total;
}

/** The folder at the target that corresponds to one of the source. */
export function targetFdOf({ targetFd }: VisitedFolder): number {
  if (targetFd === undefined) throw new Error('A walk that makes a tree has a target');
  return targetFd;
}

/** Creates a folder of a part tree; the umask does not affect its mode. */
export async function makeFolder(parent: ClosedDirectory, name: FileName): Promise<ClosedDirectory> {
  try {
    await mkdir(pathIn(parent, name), { mode: 0o700 });
    return await makeClosedDirectory(parent, name);
  } catch (error) {
    throw targetError(error, displayName(name));
  }
}

/** Ends a folder of a part tree: read-only, with the owner of the user area. */
export async function endFolder(folder: OpenDirectory, owner: Owner | undefined): Promise<void> {
  const { handle } = folder;
  try {
    await handle.chmod(0o500);
    if (owner) await handle.chown(owner.uid, owner.gid);
  } catch (error) {
    throw targetError(error, displayName(folder.location.join('/')));
  }
}

/** Makes a folder and all folders beneath it read-only, and sets their owner. No link is followed. */
export async function sealFolders(folder: OpenDirectory, owner: Owner | undefined): Promise<void> {
  const entries = await opendir(pathIn(folder), { encoding: 'latin1' });
  for await (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const name = fileNameFromLatin1(entry.name);
    await using below = await openDirectoryAt(pathIn(folder, name), [...folder.location, name]);
    await sealFolders(below, owner);
  }
  await endFolder(folder, owner);
}
