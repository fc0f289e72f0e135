import type { Dir, Dirent, Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { StagingError } from '../../errors/stagingError.ts';
import { displayName, type FileName, fileNameFromLatin1, workspaceName } from '../../model/fileName.ts';
import { sourceError } from '../storageErrors.ts';
import { isKindKnown } from '../threads/trees/visits.ts';
import { type OpenDirectory, type OpenFile, pathIn } from './openAt.ts';
import type { SourceStorage } from './sourceStorage.ts';

/** How many names are in one `files` event: enough for a thread task, few enough to need little memory. */
const namesPerEvent = 1024;

/** The events of a walk through a source tree. `path` contains the names from the top of the tree. */
export type TreeEvent =
  /** A directory starts. Until its `leave` the walk owns it. */
  | { readonly kind: 'enter'; readonly path: readonly FileName[]; readonly directory: OpenDirectory }
  /** Some regular files of a directory that was entered and not yet left. */
  | {
      readonly kind: 'files';
      readonly path: readonly FileName[];
      readonly directory: OpenDirectory;
      readonly names: readonly FileName[];
    }
  /** A file that a link in the tree leads to; `path` ends with the link's name. Closed after the event. */
  | { readonly kind: 'linkedFile'; readonly path: readonly FileName[]; readonly file: OpenFile }
  /** A directory ends. From now on the receiver owns it, and closes it when it is no longer used. */
  | { readonly kind: 'leave'; readonly path: readonly FileName[]; readonly directory: OpenDirectory };

/**
 * Walks a source tree depth first; its memory grows only with the depth, not with the number of files or directories.
 * Links are followed inside the storage, so that the copy contains none.
 * @throws StagingError when a link leads outside, nowhere or in a loop, and when the tree changes during the walk
 */
export async function* walkTree(
  storage: SourceStorage,
  directory: OpenDirectory,
  path: readonly FileName[] = [],
  ancestors: readonly OpenDirectory[] = [],
): AsyncGenerator<TreeEvent, void, void> {
  if (ancestors.some((ancestor) => isSame(ancestor, directory))) {
    throw new StagingError('SOURCE_LINK_LOOP', { path: displayPath(directory.location) });
  }
  yield { kind: 'enter', path, directory };
  for await (const entries of readEntries(directory)) {
    const names: FileName[] = [];
    for (const entry of entries) {
      const name = fileNameFromLatin1(entry.name);
      const kind = isKindKnown(entry) ? entry : await lstatEntry(directory, name);
      if (kind.isFile()) names.push(name);
      else yield* walkEntry(storage, directory, name, [...path, name], [...ancestors, directory]);
    }
    if (names.length > 0) yield { kind: 'files', path, directory, names };
  }
  await checkUnchanged(directory);
  yield { kind: 'leave', path, directory };
}

async function* walkEntry(
  storage: SourceStorage,
  parent: OpenDirectory,
  name: FileName,
  path: readonly FileName[],
  ancestors: readonly OpenDirectory[],
): AsyncGenerator<TreeEvent, void, void> {
  const entry = await storage.openEntry(parent, name);
  if (entry.kind === 'file') {
    try {
      yield { kind: 'linkedFile', path, file: entry };
    } finally {
      await entry.handle.close();
    }
    return;
  }
  let isLeft = false;
  try {
    for await (const event of walkTree(storage, entry, path, ancestors)) {
      isLeft = event.kind === 'leave' && event.directory === entry;
      yield event;
    }
  } finally {
    if (!isLeft) await entry.handle.close();
  }
}

/** An open directory, with the state for reading it. */
export type ReadableDirectory = Pick<OpenDirectory, 'location'> & Parameters<typeof pathIn>[0];

/** The entries of a directory in batches: awaiting each of 100,000 would cost more than everything else here. */
export async function* readEntries(directory: ReadableDirectory): AsyncGenerator<Dirent[], void, void> {
  let entries: Dir | undefined;
  try {
    entries = await opendir(pathIn(directory), { encoding: 'latin1', bufferSize: namesPerEvent });
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
  while (batch.length < namesPerEvent) {
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
