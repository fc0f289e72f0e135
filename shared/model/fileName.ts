declare const brand: unique symbol;

/**
 * The name of one directory entry, one character per byte. POSIX names are bytes and need not be UTF-8, and copies must
 * have exactly the same name.
 */
export type FileName = string & { readonly [brand]: 'FileName' };

/** The largest number of bytes in a name (NAME_MAX of Linux file systems). */
export const maxNameBytes = 255;

/** The name with these bytes as characters, as file system calls return it with the encoding `latin1`. */
export function fileNameFromLatin1(text: string): FileName {
  if (isFileName(text)) return text;
  throw new TypeError('A file name must not be empty, or contain a slash or NUL');
}

/** The name that has these bytes. */
export function fileNameFromBytes(bytes: Uint8Array): FileName {
  return fileNameFromLatin1(Buffer.from(bytes).toString('latin1'));
}

/** The name for this text in UTF-8. */
export function fileName(text: string): FileName {
  // Without Node.js' Buffer, because the page also checks paths.
  const bytes = new TextEncoder().encode(text);
  return fileNameFromLatin1(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** The bytes of a name, or of a path of names, for system calls. */
export function bytesOf(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** Many names as one string, which is cheap to pass to a thread; `splitNames` is the inverse. */
export function joinNames(names: readonly string[]): string {
  return names.join('/');
}

/** The names that `joinNames` joined. */
export function splitNames(joined: string): string[] {
  return joined === '' ? [] : joined.split('/');
}

/** A name or path for display: as UTF-8, with replacement characters where it is not valid. */
export function displayName(path: string): string {
  return bytesOf(path).toString('utf8');
}

function isFileName(text: string): text is FileName {
  return text !== '' && !text.includes('/') && !text.includes('\0');
}

const encoder = new TextEncoder();

/** The length of a text in UTF-8, in bytes. Also runs in browsers: the page checks its input like the service. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** The folder of the service's own in the root of a storage, which is never a source. */
export const workspaceName = fileName('.staging');
