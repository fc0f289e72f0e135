import { lstat, readlink, realpath } from 'node:fs/promises';
import { memoizeFor } from '../../async/coalesce.ts';
import { StagingError } from '../../errors/stagingError.ts';
import { isWithin, type SourcePrefix } from '../../model/caller.ts';
import {
  bytesOf,
  displayName,
  type FileName,
  fileNameFromLatin1,
  workspaceName,
} from '../../model/fileName.ts';
import { beneath, type StoragePath } from '../../model/paths.ts';
import { sourceError } from '../io/storageErrors.ts';
import { type MountedSource, type OpenDirectory, openDirectoryAt, openFileAt, pathIn } from './openAt.ts';

/** As many links as Linux itself follows in one path (path_resolution(7)). */
const maxLinks = 40;

/** The mounted tree that data is staged from. Links in it are followed only inside it; the workspace in its root is hidden. */
export interface SourceStorage {
  readonly path: string;
  /** Opens a file or directory. @throws SOURCE_NOT_FOUND, PATH_OUTSIDE_STORAGE, SOURCE_KIND_UNSUPPORTED, … */
  open(path: StoragePath): Promise<MountedSource>;
  /** Opens an entry of an open directory; a link is followed as in `open`. */
  openEntry(directory: Pick<OpenDirectory, 'location'>, name: FileName): Promise<MountedSource>;
}

/** The real location of something that was opened in a storage: its path without links. */
export function realPathOf({ path }: SourceStorage, { location }: MountedSource): Buffer {
  return bytesOf([latin1(path).replace(/\/+$/, ''), ...location].join('/'));
}

type Step = FileName | '..';

/** The source storage at this path. Links into closed folders can be followed only from within them. */
export function createSourceStorage(path: string, closed: readonly SourcePrefix[] = []): SourceStorage {
  const resolveRoot = memoizeFor(rootKeptMs, () => realpath(path));
  const open = async (names: readonly FileName[], given: string) => {
    const source = await walk({ path, resolve: () => resolveRoot(path) }, names, given);
    const isEntered = closed.some((folder) => isWithin(source.location, folder) && !isWithin(names, folder));
    if (!isEntered) return source;
    await source.handle.close();
    throw new StagingError('SOURCE_FORBIDDEN', {
      path: given,
      reason: 'a link in it leads to the data of a project',
    });
  };
  return {
    path,
    open: ({ names, given }) => open(names, given),
    openEntry: (directory, name) => {
      const names = [...directory.location, name];
      return open(names, displayName(names.join('/')));
    },
  };
}

/** How long the root's links are not resolved again, in ms: every operation starts at the root. */
const rootKeptMs = 1000;

/** The root of the storage: its configured path, and its path without links. */
interface Root {
  readonly path: string;
  resolve(): Promise<string>;
}

/**
 * Walks from the root of the storage, one open directory at a time, as the kernel does. Every directory on the way is
 * held open and its entries are looked up in it, so that renaming or swapping entries during the walk cannot lead it
 * out of the storage: links are followed only by this walk, never by the kernel, and `..` never climbs above the root.
 */
async function walk(root: Root, names: readonly FileName[], given: string): Promise<MountedSource> {
  const opened: OpenDirectory[] = [];
  try {
    opened.push(await openDirectoryAt(await root.resolve(), []));
    return await follow(root, opened, [...names], given);
  } catch (error) {
    throw sourceError(error, given);
  } finally {
    await Promise.all(opened.map((directory) => directory.handle.close()));
  }
}

/** Takes the steps; the returned directory is removed from `opened`. */
async function follow(
  root: Root,
  opened: OpenDirectory[],
  steps: Step[],
  given: string,
): Promise<MountedSource> {
  let linksFollowed = 0;
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    if (step === '..') {
      await climb(opened, given);
      continue;
    }
    const here = last(opened);
    const location = [...here.location, step];
    if (location.length === 1 && step === workspaceName)
      throw new StagingError('SOURCE_NOT_FOUND', { path: given });
    const stat = await lstat(pathIn(here, step));
    if (stat.isSymbolicLink()) {
      linksFollowed += 1;
      if (linksFollowed > maxLinks) throw new StagingError('SOURCE_LINK_LOOP', { path: given });
      const target = await readlink(pathIn(here, step), 'latin1');
      if (target.startsWith('/')) await closeAllButRoot(opened);
      steps.unshift(...(await stepsOfLink(root, target, given)));
    } else if (stat.isDirectory()) {
      opened.push(await openDirectoryAt(pathIn(here, step), location));
    } else if (steps.length > 0) {
      throw new StagingError('SOURCE_NOT_FOUND', { path: given });
    } else {
      const file = stat.isFile() ? await openFileAt(pathIn(here, step), location) : undefined;
      if (file) return file;
      throw new StagingError('SOURCE_KIND_UNSUPPORTED', { path: given, kind: kindOf(stat) });
    }
  }
  const directory = last(opened);
  opened.pop();
  return directory;
}

async function climb(opened: OpenDirectory[], given: string): Promise<void> {
  if (opened.length === 1) throw outside(given);
  await opened.pop()?.handle.close();
}

async function closeAllButRoot(opened: OpenDirectory[]): Promise<void> {
  await Promise.all(opened.splice(1).map((directory) => directory.handle.close()));
}

/** The steps of a link's text; an absolute one must be beneath the storage, by its configured or its real path. */
async function stepsOfLink(root: Root, target: string, given: string): Promise<Step[]> {
  const relative = target.startsWith('/')
    ? (beneath(target, latin1(root.path)) ?? beneath(target, latin1(await root.resolve())))
    : target;
  if (relative === undefined) throw outside(given);
  return relative
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .map((part) => (part === '..' ? part : fileNameFromLatin1(part)));
}

function latin1(path: string): string {
  return Buffer.from(path).toString('latin1');
}

function outside(given: string): StagingError {
  return new StagingError('PATH_OUTSIDE_STORAGE', { path: JSON.stringify(given), storage: 'source storage' });
}

function last(opened: readonly OpenDirectory[]): OpenDirectory {
  const directory = opened.at(-1);
  if (!directory) throw new Error('A walk always has its root open');
  return directory;
}

/** The kind of an entry that cannot be staged, for messages. */
function kindOf(stat: Awaited<ReturnType<typeof lstat>>): string {
  if (stat.isFIFO()) return 'FIFO';
  if (stat.isSocket()) return 'socket';
  return stat.isBlockDevice() || stat.isCharacterDevice() ? 'device' : 'special file';
}
