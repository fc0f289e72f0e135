import { read } from 'node:fs';
import { promisify } from 'node:util';

const readAt = promisify(read);

/** Reads from an open file until the buffer is full or the file ends. @returns the part of the buffer that is filled */
export async function readFully(fd: number, buffer: Buffer, position = 0): Promise<Buffer> {
  for (let done = 0; ; ) {
    const { bytesRead } = await readAt(fd, buffer, done, buffer.length - done, position + done);
    done += bytesRead;
    if (bytesRead === 0 || done === buffer.length) return buffer.subarray(0, done);
  }
}
