import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { systemErrorCode } from '../../../errors/stagingError.ts';
import { joinNames, splitNames } from '../../../model/fileName.ts';
import { pathAt, pathOfDescriptor } from '../../io/descriptors.ts';
import { at, throwIfStopped } from '../../io/ioFailure.ts';
import type { Progress } from '../../progress.ts';
import { type FolderNames, readFolder } from './readFolder.ts';
import { changed } from './treeFiles.ts';
import {
  type EntriesToVisit,
  type FolderEntries,
  type FolderToEnter,
  pathOf,
  type VisitedFolder,
  type VisitRest,
  type VisitTask,
} from './visits.ts';

/** The actions in visited folders. */
export interface FolderWork {
  /** Creates the corresponding folder at the target, and opens it; undefined if there is none. */
  readonly makeFolder?: (parent: VisitedFolder, name: string) => number;
  /** Processes a regular file. */
  file(folder: VisitedFolder, name: string): void | Promise<void>;
  /** Ends a folder when everything directly in it is done or begun; it is closed afterwards. */
  readonly end?: (folder: VisitedFolder) => void;
}

/** How long a thread visits before it returns its remaining work, in ms: long compared with the cost of a message. */
const turnMs = 50;

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY;

interface Frame {
  readonly folder: VisitedFolder;
  /** Whether it belongs to the caller, which ends it. */
  readonly isGiven: boolean;
  /** Undefined when the folder has more than a thread should hold. */
  readonly names: FolderNames | undefined;
  nextFile: number;
  nextFolder: number;
}

/**
 * Visits folders with everything beneath them, depth first, until nothing is left or its time slice is over. A folder
 * is ended and closed as soon as its last subfolder is entered, so that a chain of them takes no descriptors.
 */
export async function visitTree(task: VisitTask, work: FolderWork, progress: Progress): Promise<VisitRest> {
  for (const folder of task.givenUp ?? []) closeFolder(folder);
  endFolders(task.done, work);
  if (!task.visit) return { rest: undefined, open: [] };
  throwIfStopped(progress);
  const stack = ['enter' in task.visit ? enterAgain(task.visit.enter, work) : givenFrame(task.visit)];
  const waiting: Frame[] = [];
  try {
    await visitFrames(stack, waiting, work, progress);
  } catch (error) {
    for (const { folder, isGiven } of [...stack, ...waiting]) if (!isGiven) closeFolder(folder);
    throw error;
  }
  const left = [...waiting, ...stack].map((frame) => ({ ...frame, rest: restOf(frame) }));
  const given = left.find(({ isGiven }) => isGiven);
  return {
    rest: given?.rest,
    open: left.filter(({ isGiven }) => !isGiven).map(({ folder, rest }) => ({ folder, rest })),
  };
}

/** Removes completed frames from the stack; those that only the caller can continue are put aside. */
async function visitFrames(
  stack: Frame[],
  waiting: Frame[],
  work: FolderWork,
  progress: Progress,
): Promise<void> {
  const deadline = performance.now() + turnMs;
  const finish = (frame: Frame) => {
    if (frame.isGiven) return;
    if (!frame.names || frame.names.others.length > 0) waiting.push(frame);
    else endFolder(frame.folder, work);
  };
  for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
    throwIfStopped(progress);
    const file = frame.names?.files[frame.nextFile];
    const folder = frame.names?.folders[frame.nextFolder];
    if (file !== undefined) {
      frame.nextFile += 1;
      await work.file(frame.folder, file);
    } else if (folder !== undefined) {
      frame.nextFolder += 1;
      const isLast = frame.nextFolder === frame.names?.folders.length;
      stack.push(enterFolder(frame.folder, folder, work));
      if (isLast) stack.splice(-2, 1);
      if (isLast) finish(frame);
    } else {
      stack.pop();
      finish(frame);
    }
    if (performance.now() > deadline) return;
  }
}

/** Ends and closes folders, all of them even if one of them fails. */
function endFolders(folders: readonly VisitedFolder[], work: FolderWork): void {
  let index = 0;
  try {
    for (const folder of folders) {
      index += 1;
      endFolder(folder, work);
    }
  } finally {
    for (const folder of folders.slice(index)) closeFolder(folder);
  }
}

/** The folder was changed while it was read: the entries are not a consistent state. */
function endFolder(folder: VisitedFolder, work: FolderWork): void {
  try {
    const { mtimeMs } = at('source', folder.path, () => fstatSync(folder.sourceFd));
    if (mtimeMs !== folder.modifiedAtMs) throw changed(folder.path);
    work.end?.(folder);
  } finally {
    closeFolder(folder);
  }
}

function closeFolder({ sourceFd, targetFd }: VisitedFolder): void {
  closeSync(sourceFd);
  if (targetFd !== undefined) closeSync(targetFd);
}

function enterFolder(parent: VisitedFolder, name: string, work: FolderWork): Frame {
  const path = pathOf(parent, name);
  return openFrame(path, openBelow(parent, name, path), () => work.makeFolder?.(parent, name));
}

function enterAgain({ sourceFd, target, path, hidden }: FolderToEnter, work: FolderWork): Frame {
  const source = at('source', path, () => openSync(pathOfDescriptor(sourceFd), directoryFlags));
  const openTarget = () => {
    if (!target) return undefined;
    if ('folder' in target) return work.makeFolder?.(target.folder, target.name);
    return at('target', path, () => openSync(pathOfDescriptor(target.fd), directoryFlags));
  };
  return openFrame(path, source, openTarget, hidden);
}

function openBelow(parent: VisitedFolder, name: string, path: string): number {
  return at('source', path, () => {
    try {
      return openSync(pathAt(parent.sourceFd, name), directoryFlags | constants.O_NOFOLLOW);
    } catch (error) {
      // It was a folder when its name was read.
      const code = systemErrorCode(error);
      throw code === 'ENOTDIR' || code === 'ELOOP' ? changed(path) : error;
    }
  });
}

function openFrame(
  path: string,
  sourceFd: number,
  openTarget: () => number | undefined,
  hidden?: string,
): Frame {
  try {
    const { mtimeMs: modifiedAtMs, size } = fstatSync(sourceFd);
    const names = at('source', path, () => readFolder(sourceFd, size, hidden));
    const folder = { sourceFd, targetFd: openTarget(), path, modifiedAtMs };
    return { folder, isGiven: false, names, nextFile: 0, nextFolder: 0 };
  } catch (error) {
    closeSync(sourceFd);
    throw error;
  }
}

function givenFrame({ folder, entries }: EntriesToVisit): Frame {
  const names = { files: splitNames(entries.files), folders: splitNames(entries.folders), others: [] };
  return { folder, isGiven: true, names, nextFile: 0, nextFolder: 0 };
}

function restOf({ names, nextFile, nextFolder }: Frame): FolderEntries {
  return {
    files: joinNames(names?.files.slice(nextFile) ?? []),
    folders: joinNames(names?.folders.slice(nextFolder) ?? []),
    others: joinNames(names?.others ?? []),
    isTooLarge: names === undefined,
  };
}
