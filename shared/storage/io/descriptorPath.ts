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
