import type { Dirent } from 'node:fs';
import { createWorkStack } from '../../async/taskPool.ts';
import { StagingError } from '../../errors/stagingError.ts';
import {
  displayName,
  type FileName,
  fileNameFromLatin1,
  joinNames,
  splitNames,
  workspaceName,
} from '../../model/fileName.ts';
import { throwIfStopped } from '../io/ioFailure.ts';
import type { Progress } from '../progress.ts';
import type { StorageThreads } from '../threads/threadPool.ts';
import {
  type EntriesToVisit,
  type FolderEntries,
  type FolderToEnter,
  isKindKnown,
  pathOf,
  type VisitedFolder,
  type VisitRest,
  type VisitTask,
} from '../threads/trees/visits.ts';
import type { OpenDirectory, OpenFile } from './openAt.ts';
import type { SourceStorage } from './sourceStorage.ts';
import { checkUnchanged, lstatEntry, type ReadableDirectory, readEntries } from './treeWalk.ts';

/** A tree to walk, and the actions of the walk. */
interface WalkSteps {
  readonly storage: SourceStorage;
  readonly threads: Pick<StorageThreads, 'parallelism'>;
  /** The top of the tree, and the corresponding empty folder; the caller closes them. */
  readonly source: OpenDirectory;
  readonly targetFd?: number;
  /** The stop signal. */
  readonly progress: Progress;
  /** Visits a part of the tree in a thread. */
  visit(task: VisitTask): Promise<VisitRest>;
  /** Processes a file that a link in a folder leads to. */
  linkedFile(folder: VisitedFolder, name: FileName, file: OpenFile): Promise<void>;
}

/** Where a part of the walk began: at the top, or at the target of a link. */
interface Origin {
  /** The real location in the storage: names from its root on, joined. */
  readonly place: string;
  /** The path in the tree that is walked. */
  readonly path: string;
  /** The folder with the link. */
  readonly linkedFrom?: OpenFolder;
}

/** A folder that is open, because it has remaining work. */
interface OpenFolder {
  readonly visited: VisitedFolder;
  readonly origin: Origin;
  /** The number of unfinished pieces of work in it. */
  pending: number;
}

/** A walk in progress. */
interface Walk {
  readonly steps: WalkSteps;
  readonly stack: ReturnType<typeof createWorkStack>;
  readonly openFolders: Set<OpenFolder>;
  /** Folders without remaining work; the next thread ends them. */
  readonly done: VisitedFolder[];
  /** Folders that are read here. */
  readonly listings: Set<AsyncGenerator<Dirent[], void, void>>;
}

/** So that no thread waits for the next task. */
const tasksPerThread = 2;
/** The minimum number of names for a task of their own, and the maximum per task. */
const filesPerTask = { min: 64, max: 1024 };
const foldersPerTask = { min: 1, max: 256 };

/**
 * Walks a source tree in threads: each visits entries of a folder with everything beneath them, and returns its
 * remaining work after its time slice, which is then distributed to all threads. Links are followed here, inside the
 * storage. The walk is last in, first out, so that neither memory nor descriptors grow with the size of the tree.
 * When it ends, with or without success, no work is in progress and everything below the top is closed.
 * @throws IoError; StagingError when a link leads outside, nowhere or in a circle
 */
export async function walkInParallel(steps: WalkSteps): Promise<void> {
  const { source, targetFd } = steps;
  const stack = createWorkStack(steps.threads.parallelism * tasksPerThread);
  const walk: Walk = { steps, stack, openFolders: new Set(), done: [], listings: new Set() };
  const target = targetFd === undefined ? undefined : { fd: targetFd };
  const origin = { place: joinNames(source.location), path: '' };
  stack.add(() => enter(walk, { sourceFd: source.handle.fd, target, path: '' }, origin));
  try {
    await stack.run(() => throwIfStopped(steps.progress));
    await steps.visit({ done: walk.done.splice(0) });
    await checkUnchanged(source);
  } finally {
    for (const listing of walk.listings) await listing.return();
    const givenUp = [...[...walk.openFolders].map(({ visited }) => visited), ...walk.done];
    if (givenUp.length > 0) await steps.visit({ done: [], givenUp });
  }
}

/** Visits a folder that is held open here, with everything beneath it. */
async function enter(walk: Walk, folder: FolderToEnter, origin: Origin): Promise<void> {
  const hidden = origin.place === '' ? workspaceName : undefined;
  const task = { visit: { enter: { ...folder, hidden } }, done: walk.done.splice(0) };
  const { open } = await walk.steps.visit(task);
  addOpen(walk, open, origin);
}

function visit(walk: Walk, folder: OpenFolder, entries: EntriesToVisit['entries']): void {
  add(walk, folder, async () => {
    const task = { visit: { folder: folder.visited, entries }, done: walk.done.splice(0) };
    const { rest, open } = await walk.steps.visit(task);
    if (rest) addEntries(walk, folder, rest);
    addOpen(walk, open, folder.origin);
  });
}

/** Adds the remaining work in folders that a thread has opened. */
function addOpen(walk: Walk, open: VisitRest['open'], origin: Origin): void {
  for (const { folder: visited, rest } of open) {
    const folder = { visited, origin, pending: 0 };
    walk.openFolders.add(folder);
    addEntries(walk, folder, rest);
    endIfDone(walk, folder);
  }
}

/** Adds work in a folder, which is ended after the last piece. */
function add(walk: Walk, folder: OpenFolder, work: () => Promise<void>): void {
  folder.pending += 1;
  walk.stack.add(async () => {
    await work();
    folder.pending -= 1;
    endIfDone(walk, folder);
  });
}

function endIfDone({ openFolders, done }: Walk, folder: OpenFolder): void {
  if (folder.pending > 0) return;
  openFolders.delete(folder);
  done.push(folder.visited);
}

function addEntries(walk: Walk, folder: OpenFolder, entries: FolderEntries): void {
  const { parallelism } = walk.steps.threads;
  if (entries.isTooLarge) readHere(walk, folder);
  for (const name of splitNames(entries.others)) followLink(walk, folder, fileNameFromLatin1(name));
  for (const files of pieces(entries.files, filesPerTask, parallelism))
    visit(walk, folder, { files, folders: '' });
  for (const folders of pieces(entries.folders, foldersPerTask, parallelism))
    visit(walk, folder, { files: '', folders });
}

/** Cuts names into pieces, one for each thread. */
function* pieces(
  joined: string,
  { min, max }: { readonly min: number; readonly max: number },
  parallelism: number,
): Generator<string, void, void> {
  const names = splitNames(joined);
  const count = Math.min(max, Math.max(min, Math.ceil(names.length / parallelism)));
  for (let from = 0; from < names.length; from += count) yield joinNames(names.slice(from, from + count));
}

/** Reads a folder that has more entries than a thread would hold, in batches of a task or two. */
function readHere(walk: Walk, folder: OpenFolder): void {
  const directory = { handle: { fd: folder.visited.sourceFd }, location: namesOf(placeOf(folder)) };
  const listing = readEntries(directory);
  walk.listings.add(listing);
  const readMore = async () => {
    const { value: entries } = await listing.next();
    if (!entries) return void walk.listings.delete(listing);
    // Beneath the entries on the stack: it continues when they are done.
    add(walk, folder, readMore);
    addEntries(walk, folder, await sortEntries(directory, entries));
  };
  add(walk, folder, readMore);
}

async function sortEntries(directory: ReadableDirectory, entries: readonly Dirent[]): Promise<FolderEntries> {
  const [files, folders, others]: [string[], string[], string[]] = [[], [], []];
  for (const entry of entries) {
    const name = fileNameFromLatin1(entry.name);
    const kind = isKindKnown(entry) ? entry : await lstatEntry(directory, name);
    const names = kind.isFile() ? files : kind.isDirectory() ? folders : others;
    names.push(name);
  }
  return {
    files: joinNames(files),
    folders: joinNames(folders),
    others: joinNames(others),
    isTooLarge: false,
  };
}

/** Follows a link; refuses anything else, and links to anything but files and folders. */
function followLink(walk: Walk, folder: OpenFolder, name: FileName): void {
  add(walk, folder, async () => {
    await using source = await walk.steps.storage.openEntry({ location: namesOf(placeOf(folder)) }, name);
    if (source.kind === 'file') return await walk.steps.linkedFile(folder.visited, name, source);
    const place = joinNames(source.location);
    if (isAbove(folder, place)) throw new StagingError('SOURCE_LINK_LOOP', { path: displayName(place) });
    const path = pathOf(folder.visited, name);
    const target = folder.visited.targetFd === undefined ? undefined : { folder: folder.visited, name };
    await enter(walk, { sourceFd: source.handle.fd, target, path }, { place, path, linkedFrom: folder });
  });
}

/** Whether a location is that of a folder, or of one above it on the path of the walk, also through links. */
function isAbove(folder: OpenFolder, place: string): boolean {
  for (let here: OpenFolder | undefined = folder; here; here = here.origin.linkedFrom) {
    if (isWithin(place, here.origin.place) && isWithin(placeOf(here), place)) return true;
  }
  return false;
}

function isWithin(place: string, outer: string): boolean {
  return outer === '' || place === outer || place.startsWith(`${outer}/`);
}

/** The real location of a folder. There is no link between it and the start of its part of the walk. */
function placeOf({ visited, origin }: OpenFolder): string {
  const below = origin.path === '' ? visited.path : visited.path.slice(origin.path.length + 1);
  return [origin.place, below].filter((part) => part !== '').join('/');
}

function namesOf(place: string): FileName[] {
  return splitNames(place).map(fileNameFromLatin1);
}
