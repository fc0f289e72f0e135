import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { OpenDirectory } from '../mounted/openAt.ts';

const run = promisify(execFile);

/**
 * Syncs everything that was written to the file system of a directory: one `syncfs`, by coreutils' `sync` (Node.js has
 * no call for it), where an `fsync` of each of 100,000 files would take minutes.
 */
export async function syncFileSystem(directory: OpenDirectory): Promise<void> {
  await run('sync', ['--file-system', `/proc/${process.pid}/fd/${directory.handle.fd}`]);
}
