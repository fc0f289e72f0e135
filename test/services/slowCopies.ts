import { truncate, writeFile } from 'node:fs/promises';

const bytesPerSecond = 1024 ** 2;

/** Settings of a service that copies slowly, whatever the machine: so that a test has something that still runs. */
export const slowCopies = { BANDWIDTH_LIMIT: String(bytesPerSecond) };

/** How many bytes `slowCopies` lets pass in so many seconds. */
export function slowBytes(seconds: number): number {
  return seconds * bytesPerSecond;
}

/** Makes a file that takes so many seconds to copy with `slowCopies`. It is all holes, and takes no space. */
export async function makeSlowFile(path: string, seconds: number): Promise<void> {
  await writeFile(path, '');
  await truncate(path, slowBytes(seconds));
}

/** For a copy that does not end by itself before a test does. */
export const untilAborted = 3600;
