import { randomFillSync } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const block = randomFillSync(Buffer.alloc(1024 ** 2));

/** A number of MiB of incompressible data. */
export function largeContent(mebibytes: number): Readable {
  return Readable.from(
    Array.from({ length: mebibytes }, () => block),
    { objectMode: false },
  );
}

/** Writes a file of a number of MiB. */
export async function writeLargeFile(path: string, mebibytes: number): Promise<void> {
  await pipeline(largeContent(mebibytes), createWriteStream(path));
}

/** Writes files of 4 KiB, a thousand in each folder. */
export async function writeManyFiles(path: string, files: number): Promise<void> {
  await inThousands(files, async (index) => {
    const folder = join(path, String(index - (index % 1000)));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, String(index % 1000)), block.subarray(0, 4096));
  });
}

/** Writes folders with a number of small files in each, and returns their names. */
export async function writeFolders(path: string, folders: number, filesInEach: number): Promise<string[]> {
  const names = Array.from({ length: folders }, (_, index) => String(index));
  await inThousands(folders, async (index) => {
    const folder = join(path, String(index));
    await mkdir(folder, { recursive: true });
    for (let file = 0; file < filesInEach; file += 1)
      await writeFile(join(folder, `file-${file}`), 'content');
  });
  return names;
}

/** A thousand at a time. */
async function inThousands(count: number, write: (index: number) => Promise<void>): Promise<void> {
  for (let done = 0; done < count; done += 1000) {
    await Promise.all(
      Array.from({ length: Math.min(1000, count - done) }, (_, index) => write(done + index)),
    );
  }
}
