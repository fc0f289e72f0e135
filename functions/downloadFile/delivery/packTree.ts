import { StagingError } from '../../../shared/errors/stagingError.ts';
import type { FileName } from '../../../shared/model/fileName.ts';
import type { TransferContext } from '../../../shared/staging/stagingMethod.ts';
import type { ReadableFile, TreeStep } from '../../../shared/storage/source.ts';
import { endOfArchive, paddingBytes, tarHeader } from './tarHeader.ts';

/**
 * Files up to this size are read in one piece: a stream for each of 100,000 small files would cost more than their
 * bytes.
 */
const wholeFileBytes = 256 * 1024;

type PackContext = Pick<TransferContext, 'progress' | 'signal'>;

/**
 * A tree as a tar archive (POSIX pax), whose members are in a folder of this name. Its pieces end in the middle of a
 * member, so that the received part of an aborted archive never looks complete: tar takes the end of a member for the
 * end of the archive, if nothing follows. The last piece is produced when everything was read.
 * @throws errors of reading the tree, including SOURCE_CHANGED
 */
export async function* packTree(
  steps: AsyncIterable<TreeStep>,
  name: FileName,
  context: PackContext,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const piece of unpacedPieces(steps, name, context)) {
    await context.progress.pace(piece.length);
    yield piece;
  }
}

async function* unpacedPieces(
  steps: AsyncIterable<TreeStep>,
  name: FileName,
  context: PackContext,
): AsyncGenerator<Uint8Array, void, void> {
  /** The remaining bytes of the previous member. */
  let missing: Uint8Array = Buffer.alloc(0);
  for await (const step of steps) {
    const path = [name, ...step.path].join('/');
    if (step.kind === 'enter') {
      const { announcement, rest } = tarHeader({ ...step.folder, path: `${path}/`, sizeBytes: 0 });
      yield Buffer.concat([missing, announcement]);
      missing = rest;
    } else if (step.kind === 'file') {
      await using file = await step.open();
      const { mode, modifiedAtNs, sizeBytes } = file;
      const { announcement, rest } = tarHeader({ path, mode, modifiedAtNs, sizeBytes });
      yield Buffer.concat([missing, announcement]);
      missing = yield* sizeBytes <= wholeFileBytes
        ? readWhole(file, rest, context)
        : readInPieces(file, rest, context);
      await file.checkUnchanged(undefined, context.signal);
      context.progress.addFiles(1);
    }
  }
  yield Buffer.concat([missing, endOfArchive]);
}

type Pieces = AsyncGenerator<Uint8Array, Uint8Array, void>;

/** Yields nothing; the whole file is still missing. */
// biome-ignore lint/correctness/useYield: it is one of two ways.
async function* readWhole(file: ReadableFile, header: Buffer, { progress, signal }: PackContext): Pieces {
  const { sizeBytes } = file;
  const member = Buffer.alloc(header.length + sizeBytes + paddingBytes(sizeBytes));
  header.copy(member);
  await file.read(member.subarray(header.length, header.length + sizeBytes), 0, signal);
  progress.addBytes(sizeBytes);
  return member;
}

/** Yields all except the last chunk. */
async function* readInPieces(file: ReadableFile, header: Buffer, { progress, signal }: PackContext): Pieces {
  const { sizeBytes } = file;
  let last: Uint8Array = header;
  let leftBytes = sizeBytes;
  for await (const chunk of file.stream({ start: 0, end: sizeBytes - 1 }, signal)) {
    yield last;
    progress.addBytes(chunk.length);
    leftBytes -= chunk.length;
    last = chunk;
  }
  if (leftBytes !== 0) throw new StagingError('SOURCE_CHANGED', { path: file.path });
  return Buffer.concat([last, Buffer.alloc(paddingBytes(sizeBytes))]);
}
