import { retry } from '../async/retry.ts';
import { StagingError } from '../errors/stagingError.ts';
import type { DigestAlgorithm } from '../model/digestAlgorithm.ts';
import { displayName, type FileName } from '../model/fileName.ts';
import type { Digests } from '../model/operation.ts';
import { createDigests } from '../storage/digest/digests.ts';
import type { Progress } from '../storage/progress.ts';
import type { ReadableFile } from '../storage/source.ts';
import type { NotebookFolder, SentFile } from './notebookFolder.ts';
import type { ChunkNumber, NotebookServer } from './notebookServer.ts';

/** The destination of the files, and the progress. */
export interface Upload {
  readonly server: NotebookServer;
  readonly folder: NotebookFolder;
  /** From the server's root to the folder. */
  readonly folderNames: readonly FileName[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** How much of a file is sent in one request at first. */
  readonly chunkBytes: number;
}

/** A file that was sent and must still be verified, and the digests of its bytes: sha256 and the requested ones. */
export interface Uploaded {
  readonly sent: SentFile;
  readonly digests: Digests;
}

/** How often a file is sent, when the server or the connection fails. */
const maxAttempts = 4;
const smallestChunkBytes = 256 * 1024;

/**
 * Sends a file through the contents API, chunk by chunk. A failed chunk may or may not have been appended, and it is
 * impossible to find out, so the whole file is sent again: in smaller chunks, because a proxy's limit may have been the
 * reason. `path` is relative to the folder. Memory use does not grow with the file.
 * @throws the error of the last attempt, or the signal's reason
 */
export async function uploadFile(
  upload: Upload,
  file: ReadableFile,
  path: readonly FileName[],
  algorithms: readonly DigestAlgorithm[] = [],
): Promise<Uploaded> {
  let { chunkBytes } = upload;
  const send = async (attempt: number) => {
    const attempted = { bytes: 0 };
    try {
      if (attempt > 1) await upload.folder.begin(path, 'file', file.sizeBytes);
      return await sendOnce(upload, { file, path, algorithms, chunkBytes, attempted });
    } catch (error) {
      upload.progress.addBytes(-attempted.bytes);
      throw error;
    }
  };
  const pauseAfter = (error: unknown, attempt: number) => {
    if (attempt === maxAttempts || upload.signal.aborted || !isWorthAnotherAttempt(error)) return undefined;
    chunkBytes = Math.max(smallestChunkBytes, chunkBytes / 4);
    return 250 * 4 ** (attempt - 1) * (1 + Math.random());
  };
  return retry(send, pauseAfter, upload.signal);
}

interface Attempt {
  readonly file: ReadableFile;
  readonly path: readonly FileName[];
  readonly algorithms: readonly DigestAlgorithm[];
  readonly chunkBytes: number;
  /** The progress that was counted for it. */
  readonly attempted: { bytes: number };
}

async function sendOnce(upload: Upload, attempt: Attempt): Promise<Uploaded> {
  const { file, path, algorithms, chunkBytes, attempted } = attempt;
  const names = [...upload.folderNames, ...path];
  const size = file.sizeBytes;
  const digests = await createDigests([...new Set([...algorithms, 'sha256' as const])]);
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size));
  const bodyBuffer = allocateBody(buffer.length);
  for (let number = 1, isLast = false; !isLast; number += 1) {
    const chunk = buffer.subarray(0, Math.min(buffer.length, size - attempted.bytes));
    await upload.progress.pace(chunk.length);
    await file.read(chunk, attempted.bytes, upload.signal);
    isLast = attempted.bytes + chunk.length === size;
    digests.update(chunk);
    const body = encodeChunk(size <= chunkBytes ? undefined : isLast ? -1 : number, chunk, bodyBuffer);
    const entry = await upload.server.write(names, body, upload.signal);
    attempted.bytes += chunk.length;
    upload.progress.addBytes(chunk.length);
    checkSize(entry?.size, attempted.bytes, path);
  }
  const computed = digests.digest();
  return {
    sent: { path, size, sha256: computed.sha256 ?? '', mtimeNs: file.modifiedAtNs },
    digests: computed,
  };
}

/** Proxies may send a PUT twice when a connection breaks (RFC 9110 §9.2.2), which appends the chunk twice. */
function checkSize(size: number | undefined, expected: number, path: readonly FileName[]): void {
  if (size === undefined || size === expected) return;
  const reason = `${displayName(path.join('/'))}: ${size} bytes instead of ${expected}`;
  throw new StagingError('JUPYTER_DAMAGED', { reason });
}

function isWorthAnotherAttempt(error: unknown): boolean {
  if (!(error instanceof StagingError)) return false;
  const { code, parameters } = error;
  const status = Number(parameters['status'] ?? 500);
  const isPassing = status >= 500 || [404, 408, 413, 425, 429].includes(status);
  return (
    code === 'JUPYTER_UNREACHABLE' || code === 'JUPYTER_DAMAGED' || (code === 'JUPYTER_REFUSED' && isPassing)
  );
}

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
