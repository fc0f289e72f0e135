import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  writeSync,
} from 'node:fs';
import { bytesOf } from '../../../model/fileName.ts';
import { pathAt } from '../../io/descriptors.ts';
import { at, settle, type TaskOutcome, throwIfStopped } from '../../io/ioFailure.ts';
import { Progress, type ProgressMemory } from '../../progress.ts';
import { addMeasures, emptyMeasure, type Measure, measureOf } from '../fingerprint.ts';
import { checksumLine } from './checksumLine.ts';
import { changed } from './treeFiles.ts';

const folderFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY;
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const buffer = Buffer.allocUnsafeSlow(1024 * 1024);

interface DigestTreeTask {
  readonly directoryFd: number;
  /** Receives the lines, as `sha256sum` writes them, in the order of the names. */
  readonly outputFd: number;
  readonly progressMemory: ProgressMemory;
}

/**
 * Digests every file of an open tree, and measures it. Symbolic links are measured, but have no line: they lead to data
 * that was not staged.
 * @throws IoError CHANGED if a file changes meanwhile, or there is anything other than files, folders and links
 */
export function digestPublished(task: DigestTreeTask): Promise<TaskOutcome<Measure>> {
  const progress = new Progress(task.progressMemory);
  let total = emptyMeasure;
  const digestFolder = (folderFd: number, path: string): void => {
    const entries = at('target', path, () =>
      readdirSync(pathAt(folderFd, ''), { withFileTypes: true, encoding: 'latin1' }),
    );
    for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isSymbolicLink()) {
        const link = at('target', below, () => lstatSync(pathAt(folderFd, entry.name)));
        total = addMeasures(total, measureOf(link));
        continue;
      }
      const isFolder = entry.isDirectory();
      const open = () => openSync(pathAt(folderFd, entry.name), isFolder ? folderFlags : fileFlags);
      if (!isFolder && !entry.isFile()) throw changed(below);
      const fd = at('target', below, open);
      try {
        if (isFolder) digestFolder(fd, below);
        else total = addMeasures(total, digestFile(fd, below, task.outputFd, progress));
      } finally {
        closeSync(fd);
      }
    }
  };
  return settle(() => {
    digestFolder(task.directoryFd, '');
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
