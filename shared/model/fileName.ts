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
  if (isAscii(text)) return fileNameFromLatin1(text);
  // Without Node.js' Buffer, because the page also checks paths.
  const bytes = new TextEncoder().encode(text);
  return fileNameFromLatin1(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/**
 * The escape for a byte in a name as text: a byte that is not valid UTF-8, or a backslash that would look like an
 * escape.
 */
const escapes = /\\x([89a-f][0-9a-f]|5c)/g;

/** The name that `displayName` shows as this text. */
export function fileNameFromDisplay(text: string): FileName {
  const bytes = fileName(text).replace(escapes, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return fileNameFromLatin1(bytes);
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

/** A character in UTF-8 (Unicode standard, table 3-7), or a byte that is not part of one. */
const characterOrByte =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: one character stands for each byte.
  /[\x00-\x7f]+|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|([\x80-\xff])/g;

/**
 * A name or path as text, from which it can be read back: as UTF-8, with `\xe9` for a byte that is not part of a
 * character. In the rare name that contains just these four characters, `\x5c` stands for the backslash.
 */
export function displayName(path: string): string {
  const text = textOf(path);
  if (!text.includes('\\') && !text.includes('\ufffd')) return text;
  const escaped = path
    .replace(escapes, '\\x5cx$1')
    .replace(characterOrByte, (part, byte?: string) =>
      byte ? `\\x${byte.charCodeAt(0).toString(16)}` : part,
    );
  return bytesOf(escaped).toString('utf8');
}

/** Whether a name or path is text in UTF-8. */
export function isText(path: string): boolean {
  return bytesOf(path).equals(Buffer.from(textOf(path)));
}

/**
 * The text of a name or path that is UTF-8, without escapes: for receivers that accept only text, such as a notebook
 * server.
 */
export function textOf(path: string): string {
  return bytesOf(path).toString('utf8');
}

function isFileName(text: string): text is FileName {
  return text !== '' && !text.includes('/') && !text.includes('\0');
}

const encoder = new TextEncoder();

/** The length of a text in UTF-8, in bytes. Also runs in browsers: the page validates its input like the service. */
export function utf8Length(text: string): number {
  return isAscii(text) ? text.length : encoder.encode(text).length;
}

/** Whether each character of a text is one byte, as of nearly all paths. */
function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are characters of one byte, too.
  return /^[\x00-\x7f]*$/.test(text);
}

/** The service's own folder in the root of a storage, which is never a source. */
export const workspaceName = fileName('.staging');
