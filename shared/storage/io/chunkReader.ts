/** Memory for the chunks of a file, used in rotation: `bytes` each, with `ahead` of them being read ahead. */
export interface ChunkBuffers {
  readonly memory: SharedArrayBuffer;
  readonly bytes: number;
  readonly count: number;
  readonly ahead: number;
}

/** A piece of a file, in one of the buffers. */
interface Chunk {
  readonly chunk: Buffer;
  readonly position: number;
}

/** Allocates buffers in page-aligned memory, which direct writes need; the memory of a growable buffer is aligned. */
export function allocateChunks(sizes: Omit<ChunkBuffers, 'memory'>): ChunkBuffers {
  const bytes = sizes.bytes * sizes.count;
  return { ...sizes, memory: new SharedArrayBuffer(bytes, { maxByteLength: bytes }) };
}

/** How many chunks may still be in use (being written, say) when the next one is requested. */
export function chunksInUse({ count, ahead }: ChunkBuffers): number {
  return count - ahead - 1;
}

/**
 * Reads a file from the start, some chunks ahead, in order. All chunks but the last are full. A chunk's memory is
 * reused when `chunksInUse` further ones have been requested. `fill` fills a buffer from a position on and resolves
 * with the filled part, which is empty after the file's end.
 */
export async function* readChunks(
  buffers: ChunkBuffers,
  fill: (buffer: Buffer, position: number) => Promise<Buffer>,
): AsyncGenerator<Chunk, void, void> {
  const { memory, bytes, count, ahead } = buffers;
  const readings: Promise<Buffer>[] = [];
  const beginRead = (turn: number) => {
    const reading = fill(Buffer.from(memory, (turn % count) * bytes, bytes), turn * bytes);
    // Awaited in order; until then its failure must not be an unhandled rejection.
    reading.catch(() => undefined);
    readings.push(reading);
  };
  for (let turn = 0; turn < ahead; turn += 1) beginRead(turn);
  try {
    for (let turn = 0; ; turn += 1) {
      const chunk = await readings[0];
      if (!chunk || chunk.length === 0) return;
      readings.shift();
      beginRead(turn + ahead);
      yield { chunk, position: turn * bytes };
    }
  } finally {
    // The source may be closed, and the memory reused, only when no read is pending.
    await Promise.allSettled(readings);
  }
}
