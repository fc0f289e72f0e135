import type { Dir, Dirent, Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { displayName, type FileName, fileNameFromLatin1, workspaceName } from '../../model/fileName.ts';
import { sourceError } from '../io/storageErrors.ts';
import type { ReadableFile, TreeStep } from '../source.ts';
import { isKindKnown } from '../threads/trees/visits.ts';
import { mountedFile } from './mountedFile.ts';
import { type OpenDirectory, openFileAt, pathIn } from './openAt.ts';
import type { SourceStorage } from './sourceStorage.ts';

/** How many entries are read together: enough for a thread task, few enough to need little memory. */
const entriesAtOnce = 1024;

/**
 * The steps of walking a source tree depth first; its memory grows only with the depth, not with the number of files or
 * directories. Links are followed inside the storage, so that a copy contains none. The caller closes the top.
 * @throws StagingError when a link leads outside, nowhere or in a loop, and when the tree changes during the walk
 */
export async function* walkTree(
  storage: SourceStorage,
  directory: OpenDirectory,
  path: readonly FileName[] = [],
  ancestors: readonly OpenDirectory[] = [],
): AsyncGenerator<TreeStep, void, void> {
  if (ancestors.some((ancestor) => isSame(ancestor, directory))) {
    throw new StagingError('SOURCE_LINK_LOOP', { path: displayPath(directory.location) });
  }
  const { mode, mtimeNs: modifiedAtNs } = directory.stat;
  yield { kind: 'enter', path, folder: { mode: Number(mode) & 0o777, modifiedAtNs } };
  for await (const entries of readEntries(directory)) {
    const files: FileName[] = [];
    for (const entry of entries) {
      const name = fileNameFromLatin1(entry.name);
      const kind = isKindKnown(entry) ? entry : await lstatEntry(directory, name);
      if (kind.isFile()) {
        files.push(name);
        continue;
      }
      await using below = await storage.openEntry(directory, name);
      if (below.kind === 'directory')
        yield* walkTree(storage, below, [...path, name], [...ancestors, directory]);
      // Opened again when it is read, through the link.
      else yield { kind: 'file', path: [...path, name], open: () => openLinked(storage, directory, name) };
    }
    for (const name of files)
      yield { kind: 'file', path: [...path, name], open: () => openIn(directory, name) };
  }
  await checkUnchanged(directory);
  yield { kind: 'leave', path };
}

async function openIn(directory: OpenDirectory, name: FileName): Promise<ReadableFile> {
  const location = [...directory.location, name];
  const path = displayName(location.join('/'));
  const file = await openFileAt(pathIn(directory, name), location).catch((error: unknown) => {
    // It was a regular file when the directory was read, and is now a link.
    throw systemErrorCode(error) === 'ELOOP' ? changed(path, error) : sourceError(error, path);
  });
  if (!file) throw changed(path);
  return mountedFile(file);
}

async function openLinked(
  storage: SourceStorage,
  folder: OpenDirectory,
  name: FileName,
): Promise<ReadableFile> {
  const source = await storage.openEntry(folder, name);
  if (source.kind === 'file') return mountedFile(source);
  await source.handle.close();
  throw changed(displayName([...folder.location, name].join('/')));
}

/** An open directory, with the state for reading it. */
export type ReadableDirectory = Pick<OpenDirectory, 'location'> & Parameters<typeof pathIn>[0];

/** The entries of a directory in batches: awaiting each of 100,000 would cost more than everything else here. */
export async function* readEntries(directory: ReadableDirectory): AsyncGenerator<Dirent[], void, void> {
  let entries: Dir | undefined;
  try {
    entries = await opendir(pathIn(directory), { encoding: 'latin1', bufferSize: entriesAtOnce });
    const isRoot = directory.location.length === 0;
    for (let first = await entries.read(); first; first = await entries.read()) {
      const some = restOf(entries, first);
      yield isRoot ? some.filter(({ name }) => name !== workspaceName) : some;
    }
  } catch (error) {
    throw sourceError(error, displayPath(directory.location));
  } finally {
    await entries?.close();
  }
}

/** The entries that were read together with the first one, and are in memory. */
function restOf(entries: Dir, first: Dirent): Dirent[] {
  const batch = [first];
  while (batch.length < entriesAtOnce) {
    const next = entries.readSync();
    if (!next) break;
    batch.push(next);
  }
  return batch;
}

/** The kind of an entry, for file systems that do not report it with the name. */
export async function lstatEntry(directory: ReadableDirectory, name: FileName): Promise<Stats> {
  try {
    return await lstat(pathIn(directory, name));
  } catch (error) {
    throw sourceError(error, displayPath([...directory.location, name]));
  }
}

/** The directory was changed while it was read: the entries are not a consistent state. */
export async function checkUnchanged(directory: OpenDirectory): Promise<void> {
  const now = await directory.handle.stat({ bigint: true });
  if (now.mtimeNs !== directory.stat.mtimeNs) {
    throw new StagingError('SOURCE_CHANGED', { path: displayPath(directory.location) });
  }
}

function isSame(one: OpenDirectory, other: OpenDirectory): boolean {
  return one.stat.ino === other.stat.ino && one.stat.dev === other.stat.dev;
}

function displayPath(names: readonly FileName[]): string {
  return displayName(names.join('/'));
}

function changed(path: string, cause?: unknown): StagingError {
  return new StagingError('SOURCE_CHANGED', { path }, { cause });
}
