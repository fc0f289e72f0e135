import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
} from 'node:fs';
import { bytesOf } from '../../../model/fileName.ts';
import { pathAt } from '../../io/descriptors.ts';
import { at, IoError, settle, type TaskOutcome } from '../../io/ioFailure.ts';
import { Progress, type ProgressMemory } from '../../progress.ts';
import { addMeasures, emptyMeasure, type Measure, measureOf } from '../fingerprint.ts';
import {
  changed,
  copyOpenFile,
  type FileCopy,
  type Owner,
  openForReading,
  seal,
  writeAll,
} from './treeFiles.ts';
import { visitTree } from './treeVisit.ts';
import {
  type FormerModes,
  isWritable,
  pathOf,
  type VisitedFolder,
  type VisitRest,
  type VisitTask,
} from './visits.ts';

interface MeasureOptions {
  readonly progressMemory: ProgressMemory;
}

interface MakeOptions extends MeasureOptions {
  readonly owner: Owner | undefined;
}

interface CopyTaskOptions extends MakeOptions {
  /** Whether the file system may be able to share blocks between copies (reflink). */
  readonly mayClone: boolean;
  /** Receives a line with the SHA-256 of each file; undefined if not requested. */
  readonly checksumsFd: number | undefined;
}

const folderFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY;

/** Measures files without opening them: their number, bytes, and a fingerprint of their versions. */
export function measureTree(
  task: VisitTask & MeasureOptions,
): Promise<TaskOutcome<VisitRest & { measure: Measure }>> {
  return settle(async () => {
    let measure = emptyMeasure;
    const file = (folder: VisitedFolder, name: string) => {
      const stat = at('source', pathOf(folder, name), () => lstatSync(pathAt(folder.sourceFd, name)));
      measure = addMeasures(measure, measureOf(stat));
    };
    const rest = await visitTree(task, { file }, new Progress(task.progressMemory));
    return { ...rest, measure };
  });
}

/** The result of a copy: whether cloning works here, and the measure of the copies. */
interface CopiedFiles {
  readonly mayClone: boolean;
  readonly measure: Measure;
}

/** Copies files and folders, read-only and with their modification times. */
export function copyTree(task: VisitTask & CopyTaskOptions): Promise<TaskOutcome<VisitRest & CopiedFiles>> {
  return settle(async () => {
    const progress = new Progress(task.progressMemory);
    let { mayClone } = task;
    let measure = emptyMeasure;
    const checksums = task.checksumsFd === undefined ? undefined : [];
    const file = async (folder: VisitedFolder, name: string) => {
      const path = pathOf(folder, name);
      const sourceFd = at('source', path, () => openForReading(folder.sourceFd, name));
      try {
        const copy = { sourceFd, folderFd: targetOf(folder), name, path };
        const copied = await copyOpenFile(copy, { owner: task.owner, mayClone, checksums, progress });
        mayClone = copied.isCloned;
        measure = addMeasures(measure, measureOf(copied.copy));
      } finally {
        closeSync(sourceFd);
      }
    };
    const rest = await visitTree(task, { ...folderWork(task), file }, progress);
    writeChecksums(checksums, task.checksumsFd);
    return { ...rest, mayClone, measure };
  });
}

/** Copies one open file to a name in the target, in the same way. */
export function copyOpenFileTo(task: FileCopy & CopyTaskOptions): Promise<TaskOutcome<CopiedFiles>> {
  return settle(async () => {
    const checksums = task.checksumsFd === undefined ? undefined : [];
    const progress = new Progress(task.progressMemory);
    const { isCloned, copy } = await copyOpenFile(task, { ...task, checksums, progress });
    writeChecksums(checksums, task.checksumsFd);
    return { mayClone: isCloned, measure: measureOf(copy) };
  });
}

/** All threads append whole lines to the same open file. */
function writeChecksums(lines: readonly string[] = [], fd: number | undefined): void {
  if (fd === undefined || lines.length === 0) return;
  at('target', '', () => writeAll(fd, bytesOf(lines.join(''))));
}

/** A visit that made links: the modes that it changed are reported even if it failed. */
interface LinkedVisit {
  readonly outcome: TaskOutcome<VisitRest>;
  readonly formerModes: FormerModes;
}

interface LinkOptions extends MakeOptions {
  /** Whether the write bits of the source are removed; otherwise a writable file is not linked. */
  readonly isSourceProtected: boolean;
}

/**
 * Creates folders with hard links to files, and removes the write bits of the files, because a link shares the source's
 * mode.
 */
export async function linkTree(task: VisitTask & LinkOptions): Promise<TaskOutcome<LinkedVisit>> {
  const formerModes: Record<string, number> = {};
  const progress = new Progress(task.progressMemory);
  const file = (folder: VisitedFolder, name: string) => {
    const { size, mode } = linkFile(folder, name, task.isSourceProtected);
    if (mode & 0o222n) formerModes[pathOf(folder, name)] = Number(mode & 0o7777n);
    progress.addBytes(Number(size));
    progress.addFiles(1);
  };
  const outcome = await settle(() => visitTree(task, { ...folderWork(task), file }, progress));
  return { result: { outcome, formerModes } };
}

function linkFile(folder: VisitedFolder, name: string, isSourceProtected: boolean): BigIntStats {
  const [path, target] = [pathOf(folder, name), targetOf(folder)];
  const source = at('source', path, () => openForReading(folder.sourceFd, name));
  try {
    const stat = fstatSync(source, { bigint: true });
    if (!stat.isFile()) throw new IoError({ side: 'source', code: 'KIND', name: path });
    if (stat.mode & 0o222n && !isSourceProtected)
      throw new IoError({ side: 'target', code: isWritable, name: path });
    at('target', path, () => linkSync(pathAt(folder.sourceFd, name), pathAt(target, name)));
    // Linux links by name: it may lead to another file by now.
    const linked = at('target', path, () => lstatSync(pathAt(target, name), { bigint: true }));
    if (linked.ino !== stat.ino || linked.dev !== stat.dev) throw changed(path);
    if (stat.mode & 0o222n)
      at('target', path, () => fchmodSync(source, Number(stat.mode & 0o7777n & ~0o222n)));
    return stat;
  } finally {
    closeSync(source);
  }
}

/**
 * How folders are created and ended: read-only, with the user area's owner, and with the source's modification time.
 */
function folderWork({ owner }: MakeOptions) {
  return {
    makeFolder(parent: VisitedFolder, name: string): number {
      const path = pathAt(targetOf(parent), name);
      return at('target', pathOf(parent, name), () => {
        // The umask does not affect this mode, and nobody else can see it yet.
        mkdirSync(path, 0o700);
        return openSync(path, folderFlags);
      });
    },
    end(folder: VisitedFolder): void {
      const target = targetOf(folder);
      at('target', folder.path, () => {
        seal(target, { mode: 0o500, modifiedAtSeconds: folder.modifiedAtMs / 1000, owner });
      });
    },
  };
}

function targetOf({ targetFd }: VisitedFolder): number {
  if (targetFd === undefined) throw new Error('Nothing is made where there is no target');
  return targetFd;
}
