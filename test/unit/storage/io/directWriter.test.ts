import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openForWriting } from '../../../../shared/storage/io/directWriter.ts';

test('bytes are counted when they are written, not when their writing begins; holes are counted apart', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'writer-'));
  const path = join(directory, 'file');
  try {
    await using file = await open(path, 'w');
    const counts = { written: 0, holes: 0 };
    await using writer = openForWriting(file.fd, {
      onWritten: (bytes) => {
        counts.written += bytes;
      },
      leaveHoles: (bytes) => {
        counts.holes += bytes;
      },
    });
    const data = Buffer.alloc(100_000, 'data');
    writer.beginWrite(data, 0);
    writer.beginWrite(Buffer.alloc(65_536), 102_400);
    expect(counts).toEqual({ written: 0, holes: 65_536 });
    await writer.writesLeft(0);
    expect(counts).toEqual({ written: data.length, holes: 65_536 });
    expect(await readFile(path)).toEqual(data);
  } finally {
    await rm(directory, { recursive: true });
  }
});
