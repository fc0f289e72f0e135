// Trees that were published, or are about to be: they contain only files, folders and symbolic links.

import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { bytesOf } from '../../../model/fileName.ts';
import { pathAt } from '../../io/descriptors.ts';
import { at, settle, type TaskOutcome, throwIfStopped } from '../../io/ioFailure.ts';
import { Progress, type ProgressMemory } from '../../progress.ts';
import { addMeasures, emptyMeasure, type Measure, measureOf } from '../fingerprint.ts';
import { checksumLine } from './checksumLine.ts';
import { changed, type Owner, openForReading } from './treeFiles.ts';

const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
const directoryFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY;

/** The actions of a walk through such a tree. */
interface Walk {
  /** Begins a folder, before its entries are read. */
  begin?(fd: number): void;
  /** A file, or a link, in a folder; its path begins at the top of the tree. */
  file?(stat: Stats, folderFd: number, name: string, path: string): void;
  end?(fd: number): void;
}

interface TreeTask {
  readonly directoryFd: number;
}

/** Measures an open tree. @throws IoError CHANGED if it contains anything other than files, folders and links */
export function measurePublished(task: TreeTask): Promise<TaskOutcome<Measure>> {
  return settle(() => measure(task.directoryFd));
}

/**
 * Locks everybody else out of an open tree, who may still hold folders of it open, and then measures it. The service
 * becomes the owner of the folders; each is closed to others before it is read, so that nothing is added to it
 * afterwards.
 * @throws IoError as above
 */
export function sealPublished(task: TreeTask): Promise<TaskOutcome<Measure>> {
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  const begin = (fd: number) => {
    fchownSync(fd, uid, gid);
    fchmodSync(fd, 0o700);
  };
  return settle(() => measure(task.directoryFd, begin));
}

/** Gives a sealed tree back to its owner, read-only. */
export function unsealPublished(
  task: TreeTask & { readonly owner: Owner | undefined },
): Promise<TaskOutcome<null>> {
  return settle(() => {
    const end = (fd: number) => {
      fchmodSync(fd, 0o500);
      if (task.owner) fchownSync(fd, task.owner.uid, task.owner.gid);
    };
    walk(task.directoryFd, '', { end });
    return null;
  });
}

function measure(directoryFd: number, begin?: (fd: number) => void): Measure {
  let total = emptyMeasure;
  const file = (stat: Stats) => {
    total = addMeasures(total, measureOf(stat));
  };
  walk(directoryFd, '', { file, ...(begin && { begin }) }, true);
  return total;
}

/** Visits the entries in the order of their names. */
function walk(fd: number, path: string, steps: Walk, isStrict = false): void {
  at('target', path, () => steps.begin?.(fd));
  for (const name of at('target', path, () => readdirSync(pathAt(fd, ''), 'latin1')).sort()) {
    const below = path === '' ? name : `${path}/${name}`;
    const stat = at('target', below, () => lstatSync(pathAt(fd, name)));
    if (stat.isDirectory()) {
      const folder = at('target', below, () => openSync(pathAt(fd, name), directoryFlags));
      try {
        walk(folder, below, steps, isStrict);
      } finally {
        closeSync(folder);
      }
    } else if (stat.isFile() || stat.isSymbolicLink()) steps.file?.(stat, fd, name, below);
    else if (isStrict) throw changed(below);
  }
  at('target', path, () => steps.end?.(fd));
}

interface DigestTask extends TreeTask {
  /** Receives the lines, as `sha256sum` writes them, in the order of the names. */
  readonly outputFd: number;
  readonly progressMemory: ProgressMemory;
}

/**
 * Digests every file of an open tree, and measures it. Symbolic links are measured, but have no line: they lead to data
 * that was not staged.
 * @throws IoError CHANGED if a file changes meanwhile, or there is anything other than files, folders and links
 */
export function digestPublished(task: DigestTask): Promise<TaskOutcome<Measure>> {
  const progress = new Progress(task.progressMemory);
  let total = emptyMeasure;
  const file = (stat: Stats, folderFd: number, name: string, path: string) => {
    const measured = stat.isSymbolicLink() ? measureOf(stat) : digestAt(folderFd, name, path);
    total = addMeasures(total, measured);
  };
  const digestAt = (folderFd: number, name: string, path: string) => {
    const fd = at('target', path, () => openForReading(folderFd, name));
    try {
      return digestFile(fd, path, task.outputFd, progress);
    } finally {
      closeSync(fd);
    }
  };
  return settle(() => {
    walk(task.directoryFd, '', { file }, true);
    return total;
  });
}

function digestFile(fd: number, path: string, outputFd: number, progress: Progress): Measure {
  const before = fstatSync(fd);
  if (!before.isFile()) throw changed(path);
  const hash = createHash('sha256');
  for (let position = 0; ; ) {
    throwIfStopped(progress);
    const length = at('target', path, () => readSync(fd, buffer, 0, buffer.length, position));
    if (length === 0) break;
    hash.update(buffer.subarray(0, length));
    position += length;
    progress.addBytes(length);
  }
  const after = fstatSync(fd);
  if (after.mtimeMs !== before.mtimeMs || after.size !== before.size) throw changed(path);
  writeSync(outputFd, bytesOf(checksumLine(hash.digest('hex'), path)));
  progress.addFiles(1);
  return measureOf(before);
}
