import { truncate, writeFile } from 'node:fs/promises';

const bytesPerSecond = 1024 ** 2;

/** Settings of a service that copies slowly on every machine, so that a test has a running operation. */
export const slowCopies = { BANDWIDTH_LIMIT: String(bytesPerSecond) };

/** How many bytes pass with `slowCopies` in a number of seconds. */
export function slowBytes(seconds: number): number {
  return seconds * bytesPerSecond;
}

/** Creates a file that takes a number of seconds to copy with `slowCopies`. It is sparse, and takes no space. */
export async function makeSlowFile(path: string, seconds: number): Promise<void> {
  await writeFile(path, '');
  await truncate(path, slowBytes(seconds));
}

/** For a copy that does not end by itself before its test. */
export const untilAborted = 3600;
