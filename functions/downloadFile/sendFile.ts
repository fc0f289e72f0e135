import type { Digests } from '../../shared/model/operation.ts';
import type { TransferContext } from '../../shared/staging/stagingMethod.ts';
import { createDigests } from '../../shared/storage/digest/digests.ts';
import type { ByteRange, ReadableFile } from '../../shared/storage/readableFile.ts';
import type { ResponseBody } from './responseBody.ts';

/** What has been sent, and what is still to be. */
export interface Sent {
  readonly digests: Digests;
  /** Held back until the source is verified: a client that has no last bytes knows that it has not the whole. */
  readonly lastChunk: Uint8Array;
}

/** Sends a range of a file but for its last chunk. Digests are those of the bytes sent, held back ones included. */
export async function sendFile(
  file: ReadableFile,
  range: ByteRange,
  body: ResponseBody,
  { digests: algorithms, progress, signal }: TransferContext,
): Promise<Sent> {
  const digests = await createDigests(algorithms);
  let lastChunk: Uint8Array = new Uint8Array();
  if (range.end < range.start) return { digests: digests.digest(), lastChunk };
  for await (const chunk of file.stream(range, signal)) {
    await progress.pace(chunk.length);
    if (lastChunk.length > 0) await body.write(lastChunk);
    digests.update(chunk);
    progress.addBytes(chunk.length);
    lastChunk = chunk;
  }
  return { digests: digests.digest(), lastChunk };
}
