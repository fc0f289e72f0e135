declare const brand: unique symbol;

/**
 * The name of one directory entry, one character for each of its bytes.
 * POSIX names are bytes and need not be UTF-8, and a name must reach the copy as it was.
 */
export type FileName = string & { readonly [brand]: 'FileName' };

/** The most bytes that a name may have (NAME_MAX of Linux file systems). */
export const maxNameBytes = 255;

/** The name whose bytes are these characters, as the file system's calls give it with the encoding `latin1`. */
export function fileNameFromLatin1(text: string): FileName {
  if (isFileName(text)) return text;
  throw new TypeError('A file name is neither empty nor has it a slash or NUL');
}

/** The name that has these bytes. */
export function fileNameFromBytes(bytes: Uint8Array): FileName {
  return fileNameFromLatin1(Buffer.from(bytes).toString('latin1'));
}

/** The name that reads as this text, in UTF-8. */
export function fileName(text: string): FileName {
  // Without Node.js' Buffer, as the page checks paths, too.
  const bytes = new TextEncoder().encode(text);
  return fileNameFromLatin1(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** The bytes of a name, or of a path that is made of names, as the system calls take them. */
export function bytesOf(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** Many names as one text, which costs little to hand to a thread; `splitNames` takes it apart again. */
export function joinNames(names: readonly FileName[]): string {
  return names.join('/');
}

/** The names that `joinNames` joined. */
export function splitNames(joined: string): string[] {
  return joined.split('/');
}

/** A name or path for people: as UTF-8, with a replacement character where it is none. */
export function displayName(path: string): string {
  return bytesOf(path).toString('utf8');
}

function isFileName(text: string): text is FileName {
  return text !== '' && !text.includes('/') && !text.includes('\0');
}

const encoder = new TextEncoder();

/** How many bytes a text has in UTF-8. Runs in browsers, too: the page checks what it sends as the service does. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}
