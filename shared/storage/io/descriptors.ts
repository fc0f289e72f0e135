import { read } from 'node:fs';
import { promisify } from 'node:util';
import { bytesOf } from '../../model/fileName.ts';

const descriptors = `/proc/${process.pid}/fd`;

/**
 * The path of an entry of an open directory, for a thread that has only the directory's number (see `pathIn` in
 * `openAt.ts`). As text where that is equivalent, because it makes less garbage.
 */
export function pathAt(fd: number, name: string): string | Buffer {
  const path = `${descriptors}/${fd}/${name}`;
  return isAscii.test(name) ? path : bytesOf(path);
}

/** The path of an open file or directory itself. */
export function pathOfDescriptor(fd: number): string {
  return `${descriptors}/${fd}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: names may hold them.
const isAscii = /^[\x00-\x7f]*$/;

const readAt = promisify(read);

/** Reads from an open file until the buffer is full or the file ends. @returns the part of the buffer that is filled */
export async function readFully(fd: number, buffer: Buffer, position = 0): Promise<Buffer> {
  for (let done = 0; ; ) {
    const { bytesRead } = await readAt(fd, buffer, done, buffer.length - done, position + done);
    done += bytesRead;
    if (bytesRead === 0 || done === buffer.length) return buffer.subarray(0, done);
  }
}

/** Far beyond the range of file systems, and still passed to the system exactly by Node.js. */
const maxSeconds = 2 ** 53;

/**
 * A time in seconds for `utimes`, which refuses values that do not fit a `timespec`; the system takes the nearest time
 * that the file system supports. As a text, because Node.js takes a negative number for the present time.
 */
export function settableTime(seconds: number): string {
  return String(Math.min(Math.max(seconds, -maxSeconds), maxSeconds));
}
