import { closeSync, constants, fchmodSync, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { systemErrorCode } from '../../errors/stagingError.ts';
import { bytesOf } from '../../model/fileName.ts';
import { at, settle, type TaskOutcome } from '../io/ioFailure.ts';

const directoryFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY;

/**
 * Removes one entry of an open directory: a file, a link (never its target), or a tree, including a read-only one. A
 * missing entry is no error.
 */
export function removeEntry(task: { directoryFd: number; name: string }): Promise<TaskOutcome<null>> {
  return settle(() => {
    at('target', task.name, () => removeAt(task.directoryFd, task.name));
    return null;
  });
}

/**
 * The same, for an entry that a task has created in a directory that nobody else can enter. @throws the system's error
 */
export function removeAt(directoryFd: number, name: string): void {
  const path = bytesOf(`/proc/self/fd/${directoryFd}/${name}`);
  try {
    unlinkSync(path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return;
    // Linux says EISDIR, POSIX EPERM.
    if (code !== 'EISDIR' && code !== 'EPERM') throw error;
    removeDirectory(path);
  }
}

function removeDirectory(path: Buffer): void {
  const fd = openSync(path, directoryFlags);
  try {
    fchmodSync(fd, 0o700);
    for (const name of readdirSync(`/proc/self/fd/${fd}`, 'latin1')) removeAt(fd, name);
  } finally {
    closeSync(fd);
  }
  rmdirSync(path);
}
