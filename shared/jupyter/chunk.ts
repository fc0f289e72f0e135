import type { FileHandle } from 'node:fs/promises';
import type { ChunkNumber } from './notebookServer.ts';

/** Encoded at a time: a multiple of 3, so that the pieces join, and few enough bytes for short-lived strings. */
const bytesPerPiece = 48 * 1024;

/**
 * The body that sends a chunk through the contents API: JSON with the bytes in base64.
 * Chunks are numbered from 1, and the last is -1; a file of one chunk goes without a number, as that number would
 * append (Jupyter Server, `LargeFileManager`). The type is "file" for notebooks too, which keeps their bytes.
 */
export function encodeChunk(number: ChunkNumber, chunk: Buffer): Uint8Array<ArrayBuffer> {
  const numbered = number === undefined ? '' : `"chunk":${number},`;
  const [head, tail] = [`{"type":"file","format":"base64",${numbered}"content":"`, '"}'];
  const body = Buffer.allocUnsafe(head.length + Math.ceil(chunk.length / 3) * 4 + tail.length);
  let end = body.write(head, 'latin1');
  for (let from = 0; from < chunk.length; from += bytesPerPiece) {
    end += body.write(chunk.toString('base64', from, from + bytesPerPiece), end, 'latin1');
  }
  body.write(tail, end, 'latin1');
  return body;
}

/** Reads until the buffer is full; what comes back is shorter only where the file ends. */
export async function readFully(handle: FileHandle, buffer: Buffer, position: number): Promise<Buffer> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, position + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}
