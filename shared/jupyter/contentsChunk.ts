import type { ChunkNumber } from './notebookServer.ts';

/** Encoded at a time: a multiple of 3, so that the pieces can be joined, and small enough for short-lived strings. */
const bytesPerPiece = 48 * 1024;
/** The JSON around the base64. */
const longestFrameBytes = 100;

/** A buffer for the bodies of chunks of this size. It is reused, because fetch copies its input. */
export function allocateBody(chunkBytes: number): Buffer<ArrayBuffer> {
  return Buffer.allocUnsafe(longestFrameBytes + Math.ceil(chunkBytes / 3) * 4);
}

/**
 * The body that sends a chunk through the contents API, written into `body`: JSON with the bytes in base64. Chunks are
 * numbered from 1, and the last is -1; a file of one chunk is sent without a number, because -1 would append (Jupyter
 * Server, `LargeFileManager`). The type is "file" for notebooks too, which keeps their bytes.
 */
export function encodeChunk(
  number: ChunkNumber,
  chunk: Buffer,
  body: Buffer<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const numbered = number === undefined ? '' : `"chunk":${number},`;
  const [head, tail] = [`{"type":"file","format":"base64",${numbered}"content":"`, '"}'];
  let end = body.write(head, 'latin1');
  for (let from = 0; from < chunk.length; from += bytesPerPiece) {
    end += body.write(chunk.toString('base64', from, from + bytesPerPiece), end, 'latin1');
  }
  end += body.write(tail, end, 'latin1');
  return body.subarray(0, end);
}
