import * as z from 'zod';
import { StagingError } from '../errors/stagingError.ts';
import { type FileName, fileNameFromDisplay, maxNameBytes, utf8Length, workspaceName } from './fileName.ts';

/** The maximum length of a path in bytes (PATH_MAX of Linux, less its final NUL). */
const maxPathBytes = 4095;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const controlCharacters = /[\u0000-\u001f\u007f]/;

/**
 * A user's name, which is also the name of the user area: letters, digits and `. _ @ + -`, not starting with a dot or a
 * dash, so that it is a safe folder name everywhere.
 */
export const usernameSchema = z
  .string()
  .refine(
    (name) => /^[\p{L}\p{N}_][\p{L}\p{N}._@+-]*$/u.test(name),
    'may have letters, digits and the characters . _ @ + - and may not begin with a dot or a dash',
  )
  .refine((name) => utf8Length(name) <= 128, 'may have up to 128 bytes')
  // Readers of the API's description may not know the character classes above, but all know this one.
  .meta({ override: { pattern: '^\\w[\\w.@+-]*$', maxLength: 128 } })
  .brand<'Username'>();

export type Username = z.output<typeof usernameSchema>;

/** A path beneath a storage, split into names; walking `names` never leaves the storage. */
export interface StoragePath {
  /** The path as it was given, for answers and records. */
  readonly given: string;
  readonly names: readonly FileName[];
}

/**
 * Parses a source path: beneath the source storage, absolute or relative to it. Consecutive slashes count as one, and
 * `.` is ignored (POSIX.1-2024 §4.16), so that `//storage/./x` is `/storage/x`.
 * @throws StagingError PATH_INVALID, PATH_OUTSIDE_STORAGE
 */
export function parseSourcePath(given: string, storagePath: string): StoragePath {
  checkPathText(given);
  const relative = given.startsWith('/') ? beneath(`/${namesOf(given).join('/')}`, storagePath) : given;
  if (relative === undefined) throw outside(given, 'source storage');
  return { given, names: splitPath(given, relative, 'source storage') };
}

/**
 * Parses a path in the user area; a leading slash is ignored.
 * @throws StagingError PATH_INVALID, PATH_OUTSIDE_STORAGE
 */
export function parseTargetPath(given: string): StoragePath {
  checkPathText(given);
  if (controlCharacters.test(given)) throw invalidPath(given, 'it contains control characters');
  const names = splitPath(given, given, 'user area');
  if (names.length === 0) throw invalidPath(given, 'it is the user area itself');
  checkNotInWorkspace({ given, names });
  return { given, names };
}

/**
 * Parses the target of a new request. Hidden files at the top of a user area (`.bashrc`, `.ssh/authorized_keys`)
 * configure the user's programs, so writing one means running code as that user.
 * @throws StagingError as above, TARGET_HIDDEN
 */
export function parseNewTarget(
  given: string,
  { areHiddenTargetsAllowed }: { readonly areHiddenTargetsAllowed: boolean },
): StoragePath {
  const target = parseTargetPath(given);
  if (areHiddenTargetsAllowed || !target.names[0]?.startsWith('.')) return target;
  throw new StagingError('TARGET_HIDDEN', { path: shorten(given) });
}

/**
 * Refuses a path to write to that is in one of the service's own folders: there may be one in the top folder of a
 * storage and of each mount in it. @throws PATH_INVALID
 */
export function checkNotInWorkspace({ given, names }: StoragePath): void {
  if (names.includes(workspaceName))
    throw invalidPath(given, `the folder ${workspaceName} is the service's own`);
}

/** The part of an absolute path beneath a directory, or undefined when it is not beneath it. Purely lexical. */
export function beneath(path: string, directory: string): string | undefined {
  if (path === directory) return '';
  const prefix = directory.endsWith('/') ? directory : `${directory}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}

/** The names of a path as text: empty ones and `.` are ignored. */
export function namesOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function splitPath(given: string, relative: string, storage: string): FileName[] {
  const parts = namesOf(relative);
  if (parts.includes('..') || climbsWhenDecoded(relative)) throw outside(given, storage);
  const names = parts.map(fileNameFromDisplay);
  if (names.some((name) => name.length > maxNameBytes)) {
    throw invalidPath(given, `a name in it has more than ${maxNameBytes} bytes`);
  }
  return names;
}

/** Checks the rules for all paths. @throws PATH_INVALID */
export function checkPathText(given: string): void {
  if (given === '') throw invalidPath(given, 'it is empty');
  if (given.includes('\0')) throw invalidPath(given, 'it contains a NUL character');
  if (!given.isWellFormed()) throw invalidPath(given, 'it is not valid Unicode text');
  if (utf8Length(given) > maxPathBytes) throw invalidPath(given, `it has more than ${maxPathBytes} bytes`);
}

/** A path that climbs when it is percent-decoded (`%2e%2e%2f`) is an attack on the next component that decodes it. */
export function climbsWhenDecoded(path: string): boolean {
  if (!path.includes('%')) return false;
  const decoded = path.replace(/%(2e|2f|5c|00)/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decoded !== path && (decoded.includes('\0') || decoded.split(/[/\\]/).includes('..'));
}

/** The error for an invalid path. */
export function invalidPath(given: string, reason: string): StagingError {
  return new StagingError('PATH_INVALID', { path: shorten(given), reason });
}

function outside(given: string, storage: string): StagingError {
  return new StagingError('PATH_OUTSIDE_STORAGE', { path: shorten(given), storage });
}

/** A hostile path may be megabytes long; answers and records only need its start. */
function shorten(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}
