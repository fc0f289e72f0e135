import type { Request, Response } from 'express';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import type { Digests, Outcome } from '../../../shared/model/operation.ts';
import type { TransferContext, Transferred } from '../../../shared/staging/stagingMethod.ts';
import { createDigests } from '../../../shared/storage/digest/digests.ts';
import type { ByteRange, FileSource, ReadableFile, TreeSource } from '../../../shared/storage/source.ts';
import { downloadedFile, nameOf } from '../downloadedFile.ts';
import type { DownloadServices } from '../downloadServices.ts';
import { readOnce } from '../head/digestQueue.ts';
import { answerFileHead, answerTreeHead } from '../head/downloadHead.ts';
import { packTree } from './packTree.ts';
import type { ResponseBody } from './responseBody.ts';
import { fileForProxy, leaveToProxy } from './sendfile.ts';

/** How data is sent to the client. */
export interface Delivery {
  /** Does everything except the last step, which completes the answer for the client. */
  transfer(context: TransferContext): Promise<Pick<Transferred, 'digests' | 'isPartial'>>;
  finish(): Promise<Outcome>;
}

/** A download in progress. */
export interface DownloadCall {
  readonly services: DownloadServices;
  readonly request: Request;
  readonly response: Response;
  readonly operationId: string;
  readonly username: string;
  readonly body: ResponseBody;
}

/** Sends a file, or the requested range of it. */
export function streamFile(opened: FileSource, call: DownloadCall): Delivery {
  const source = readOnce(opened);
  const { content } = downloadedFile(source);
  let lastChunk: Uint8Array | undefined;
  let outcome: Outcome = 'staged';
  return {
    async transfer(context) {
      const { selection, known } = await answerFileHead(
        call.services,
        { ...call, signal: context.signal },
        source,
      );
      context.progress.bytesTotal = content.sizeBytes;
      context.progress.filesTotal = 1;
      if (selection === 'not_modified') {
        outcome = 'already_present';
        return { digests: {}, isPartial: true };
      }
      const range = selection === 'whole' ? { start: 0, end: content.sizeBytes - 1 } : selection;
      const rangeBytes = range.end - range.start + 1;
      const isWhole = rangeBytes === content.sizeBytes;
      const proxied = fileForProxy(source, call.request, call.services.config);
      if (proxied) {
        leaveToProxy(call.response, proxied);
        context.progress.addBytes(rangeBytes);
        if (isWhole) context.progress.addFiles(1);
        return { digests: {}, isPartial: true };
      }
      // The catalogue's digests are compared with those of the bytes that are sent.
      const needed = isWhole ? context.digests : [];
      const missing = source.catalogued ? needed : needed.filter((algorithm) => !known[algorithm]);
      const sent = await sendFile(content, range, call.body, { ...context, digests: missing });
      lastChunk = sent.lastChunk;
      if (isWhole) context.progress.addFiles(1);
      const reused = needed.map((algorithm) => [algorithm, known[algorithm]] as const);
      return { digests: { ...Object.fromEntries(reused), ...sent.digests }, isPartial: !isWhole };
    },
    async finish() {
      await call.body.end(lastChunk);
      return outcome;
    },
  };
}

/** Sends a directory, all objects beneath a prefix, or the files of a collection as a tar stream. */
export function streamTree(source: TreeSource, call: DownloadCall): Delivery {
  let lastPiece: Uint8Array | undefined;
  return {
    async transfer(context) {
      answerTreeHead(call.response, nameOf(source));
      const steps = source.steps(context.signal);
      for await (const piece of packTree(steps, source.name, context)) {
        if (lastPiece) await call.body.write(lastPiece);
        lastPiece = piece;
      }
      return { digests: {} };
    },
    async finish() {
      await call.body.end(lastPiece);
      return 'staged';
    },
  };
}

/** The state of an answer in progress. */
export interface Sent {
  readonly digests: Digests;
  /** Held back until the source is verified: a client without the last bytes knows that the file is incomplete. */
  readonly lastChunk: Uint8Array;
}

/**
 * How much of a file is read at once: little for each of hundreds of slow clients, whose chunks wait for them in memory;
 * more for a fast one, because large reads cost less. A small range is read in one piece.
 */
const chunkBytes = { slow: 32 * 1024, single: 64 * 1024, fast: 512 * 1024 };

/** A client is fast if it has received more than the buffers of its connection hold, at this rate. */
const fast = { bytes: 8 * 1024 * 1024, bytesPerMs: 32 * 1024 };

/**
 * Memory of a resizable buffer is returned to the system as soon as it is unused. That of others, freed in this size,
 * stays with the process.
 */
function allocate(bytes: number): Buffer {
  return bytes === chunkBytes.fast
    ? Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }), 0, bytes)
    : Buffer.allocUnsafeSlow(bytes);
}

/** Memory for the chunks of a download, one after the other; it is told how many bytes were sent. */
function createChunkMemory(rangeBytes: number): (sentBytes: number) => Buffer {
  const begin = performance.now();
  const slowBytes = rangeBytes <= chunkBytes.single ? rangeBytes : chunkBytes.slow;
  let memory: Buffer | undefined;
  return (sentBytes) => {
    const isFast = sentBytes > fast.bytes && sentBytes > fast.bytesPerMs * (performance.now() - begin);
    const bytes = isFast ? chunkBytes.fast : slowBytes;
    if (memory?.length !== bytes) memory = allocate(bytes);
    return memory;
  };
}

/** Sends a range of a file except its last chunk. Digests include the bytes that are held back. */
export async function sendFile(
  file: ReadableFile,
  range: ByteRange,
  body: ResponseBody,
  { digests: algorithms, progress, signal }: TransferContext,
): Promise<Sent> {
  const digests = await createDigests(algorithms);
  let lastChunk: Uint8Array = new Uint8Array();
  const rangeBytes = range.end + 1 - range.start;
  if (rangeBytes === 0) return { digests: digests.digest(), lastChunk };
  let leftBytes = rangeBytes;
  const memory = createChunkMemory(rangeBytes);
  for await (const chunk of file.stream(range, signal, () => memory(rangeBytes - leftBytes))) {
    await progress.pace(chunk.length);
    digests.update(chunk);
    progress.addBytes(chunk.length);
    leftBytes -= chunk.length;
    if (leftBytes > 0) await body.write(chunk);
    else lastChunk = chunk;
  }
  if (leftBytes !== 0) throw new StagingError('SOURCE_CHANGED', { path: file.path });
  return { digests: digests.digest(), lastChunk };
}
