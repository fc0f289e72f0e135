import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { OpenDirectory } from './source.ts';

const run = promisify(execFile);

/**
 * Makes everything durable that was written to the file system of a directory: one `syncfs`, by coreutils' `sync`
 * (Node.js has no call for it), where an `fsync` of each of 100,000 files would take minutes.
 */
export async function syncFileSystem(directory: OpenDirectory): Promise<void> {
  await run('sync', ['--file-system', `/proc/${process.pid}/fd/${directory.handle.fd}`]);
}

/**
 * Has the file system of a directory written out every second while much is written to it, so that little is left
 * to wait for at the end. Disposing of it ends that.
 */
export function writeOutMeanwhile(directory: OpenDirectory): Disposable {
  let isWritingOut = false;
  const timer = setInterval(async () => {
    if (isWritingOut) return;
    isWritingOut = true;
    // Whatever is wrong with it, the sync at the end says.
    await syncFileSystem(directory).catch(() => undefined);
    isWritingOut = false;
  }, 1000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
