import pLimit from 'p-limit';
import { StagingError } from '../../errors/stagingError.ts';
import { displayName } from '../../model/fileName.ts';
import { createDigests } from '../digest/digests.ts';
import { readFully } from '../io/descriptors.ts';
import { sourceError } from '../io/storageErrors.ts';
import type { ByteRange, ReadableFile } from '../source.ts';
import type { OpenFile } from './openAt.ts';

const chunkBytes = 256 * 1024;

/**
 * Node.js has four threads for calls of the file system. If hundreds were waiting for them, hundreds of chunks could be
 * digested and sent in one turn of the event loop, and no other request would be answered meanwhile.
 */
const readsAtOnce = pLimit(4);

/** A file of mounted storage, read through its descriptor. Disposing of it closes the descriptor. */
export function mountedFile(file: OpenFile): ReadableFile {
  const path = displayName(file.location.join('/'));
  const stream: ReadableFile['stream'] = (range, _signal, memory) =>
    readChunks(file.handle.fd, range, path, memory);
  return {
    path,
    sizeBytes: Number(file.stat.size),
    modifiedAtNs: file.stat.mtimeNs,
    mode: Number(file.stat.mode) & 0o777,
    stream,
    async read(buffer, position) {
      const reading = readsAtOnce(() => readFully(file.handle.fd, buffer, position));
      const { length } = await reading.catch((error: unknown) => {
        throw sourceError(error, path);
      });
      if (length < buffer.length) throw new StagingError('SOURCE_CHANGED', { path });
    },
    async checkUnchanged(sha256, signal) {
      const now = await compareFile(file);
      if (now === 'same' || (now === 'touched' && sha256 === undefined)) return;
      if (now === 'touched' && (await digestAll(file, stream, signal)) === sha256) return;
      throw new StagingError('SOURCE_CHANGED', { path });
    },
    [Symbol.asyncDispose]: () => file.handle.close(),
  };
}

/** Compares an open file with its state when it was opened. `touched`: only its ctime differs. */
export async function compareFile({ handle, stat }: OpenFile): Promise<'same' | 'touched' | 'changed'> {
  const now = await handle.stat({ bigint: true });
  if (now.size !== stat.size || now.mtimeNs !== stat.mtimeNs) return 'changed';
  return now.ctimeNs === stat.ctimeNs ? 'same' : 'touched';
}

/** Ends early if the file does. For a small range, a Node.js stream would cost more than the read itself. */
async function* readChunks(
  fd: number,
  { start, end }: ByteRange,
  path: string,
  memory: () => Buffer = () => Buffer.allocUnsafeSlow(Math.min(chunkBytes, end + 1 - start)),
): AsyncGenerator<Uint8Array, void, void> {
  for (let position = start; position <= end; ) {
    const buffer = memory().subarray(0, end + 1 - position);
    const chunk = await readsAtOnce(() => readFully(fd, buffer, position)).catch((error: unknown) => {
      throw sourceError(error, path);
    });
    if (chunk.length > 0) yield chunk;
    if (chunk.length < buffer.length) return;
    position += chunk.length;
  }
}

async function digestAll(
  { stat }: OpenFile,
  stream: ReadableFile['stream'],
  signal: AbortSignal,
): Promise<string | undefined> {
  const digests = await createDigests(['sha256']);
  if (stat.size > 0) {
    const memory = Buffer.allocUnsafeSlow(chunkBytes);
    for await (const chunk of stream({ start: 0, end: Number(stat.size) - 1 }, signal, () => memory)) {
      signal.throwIfAborted();
      digests.update(chunk);
    }
  }
  return digests.digest().sha256;
}
