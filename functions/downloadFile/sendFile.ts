import type { Digests } from '../../shared/operations/operation.ts';
import type { TransferContext } from '../../shared/staging/stagingMethod.ts';
import { createDigests } from '../../shared/storage/digests.ts';
import type { OpenFile } from '../../shared/storage/source.ts';
import { sourceError } from '../../shared/storage/storageErrors.ts';
import type { ByteRange } from './preconditions.ts';
import type { ResponseBody } from './responseBody.ts';

const chunkBytes = 256 * 1024;

/** What has been sent, and what is still to be. */
export interface Sent {
  readonly digests: Digests;
  /** Held back until the source is verified: a client that has no last bytes knows that it has not the whole. */
  readonly lastChunk: Uint8Array;
}

/** Sends a range of a file but for its last chunk. Digests are those of the bytes sent, held back ones included. */
export async function sendFile(
  file: OpenFile,
  { start, end }: ByteRange,
  body: ResponseBody,
  { digests: algorithms, progress }: TransferContext,
): Promise<Sent> {
  const digests = await createDigests(algorithms);
  let lastChunk: Uint8Array = new Uint8Array();
  if (end < start) return { digests: digests.digest(), lastChunk };
  const options = { start, end, highWaterMark: chunkBytes, autoClose: false };
  for await (const chunk of readChunks(file, options)) {
    if (lastChunk.length > 0) await body.write(lastChunk);
    digests.update(chunk);
    progress.addBytes(chunk.length);
    lastChunk = chunk;
  }
  return { digests: digests.digest(), lastChunk };
}

async function* readChunks(
  file: OpenFile,
  options: Parameters<OpenFile['handle']['createReadStream']>[0],
): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const chunk of file.handle.createReadStream(options)) if (Buffer.isBuffer(chunk)) yield chunk;
  } catch (error) {
    throw sourceError(error, file.location.join('/'));
  }
}
