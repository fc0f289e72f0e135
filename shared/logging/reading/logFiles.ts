import { type FileHandle, open } from 'node:fs/promises';
import type { LogFile } from '../../config/config.ts';
import { systemErrorCode } from '../../errors/stagingError.ts';

/** A position in the log, between two lines, that stays valid when files are rotated. */
export interface LogPosition {
  /** The file: a later file has another id, although a new inode may reuse an old number. */
  readonly file: string;
  readonly offset: number;
}

/** An open log file, with the id that distinguishes it from all others. */
export interface OpenLogFile {
  readonly handle: FileHandle;
  readonly name: string;
}

/**
 * Opens the files of the log, the newest first; the caller closes them. A concurrent rotation moves each file to a
 * higher number, so none is missed in ascending order, but one may be seen twice, which is skipped, and a number may be
 * missing for a moment.
 */
export async function* newestFilesFirst({ path, kept }: LogFile): AsyncGenerator<OpenLogFile> {
  const met = new Set<string>();
  for (let number = 0; number <= kept; number += 1) {
    const file = await openIfThere(number === 0 ? path : `${path}.${number}`);
    if (!file) continue;
    if (met.has(file.name)) {
      await file.handle.close();
      continue;
    }
    met.add(file.name);
    yield file;
  }
}

async function openIfThere(path: string): Promise<OpenLogFile | undefined> {
  try {
    const handle = await open(path, 'r');
    const { ino, birthtimeNs } = await handle.stat({ bigint: true });
    return { handle, name: `${ino.toString(36)}-${birthtimeNs.toString(36)}` };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
