import { pipeline } from 'node:stream/promises';
import { type Header, type Pack, pack } from 'tar-stream';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { displayName } from '../../shared/model/fileName.ts';
import type { TransferContext } from '../../shared/staging/stagingMethod.ts';
import type { Progress } from '../../shared/storage/progress.ts';
import type { ReadableFile } from '../../shared/storage/readableFile.ts';
import type { TreeStep } from '../../shared/storage/sourceTree.ts';

/**
 * Files up to this size are read in one piece: a stream for each of 100,000 small files would cost more than their
 * bytes.
 */
const wholeFileBytes = 256 * 1024;

/**
 * Packs a tree into a tar stream (POSIX pax, by tar-stream) whose entries are in a folder of this name, and passes the
 * stream on.
 * @throws errors of reading the tree, including SOURCE_CHANGED, or of sending
 */
export async function packTree(
  steps: AsyncIterable<TreeStep>,
  name: string,
  { progress, signal }: Pick<TransferContext, 'progress' | 'signal'>,
  send: (archive: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const archive = pack();
  const sending = send(bytesOf(archive, progress));
  // Awaited below; until then its failure ends the archive.
  sending.catch((error: unknown) => archive.destroy(error instanceof Error ? error : undefined));
  try {
    for await (const step of steps) {
      const entryName = [name, displayName(step.path.join('/'))].filter(Boolean).join('/');
      if (step.kind === 'enter') {
        archive.entry({ ...headOf(step.folder), name: `${entryName}/`, type: 'directory' });
      } else if (step.kind === 'file') {
        await using file = await step.open();
        await addFile(archive, file, entryName, signal);
        progress.addBytes(file.sizeBytes);
        progress.addFiles(1);
      }
    }
    archive.finalize();
    await sending;
  } catch (error) {
    archive.destroy();
    throw await sending.then(
      () => error,
      (reason: unknown) => (reason instanceof StagingError ? reason : error),
    );
  }
}

async function* bytesOf(archive: Pack, progress: Progress): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of archive) {
    if (!(chunk instanceof Uint8Array)) continue;
    await progress.pace(chunk.length);
    yield chunk;
  }
}

/** Adds one file, and then checks that it did not change while it was read. */
async function addFile(archive: Pack, file: ReadableFile, name: string, signal: AbortSignal): Promise<void> {
  const header = { ...headOf(file), name, size: file.sizeBytes };
  if (file.sizeBytes <= wholeFileBytes) {
    const content = Buffer.alloc(file.sizeBytes);
    await file.read(content, 0, signal);
    archive.entry(header, content);
  } else {
    await pipeline(file.stream({ start: 0, end: file.sizeBytes - 1 }, signal), archive.entry(header));
  }
  await file.checkUnchanged(undefined, signal);
}

function headOf({
  mode,
  modifiedAtNs,
}: Pick<ReadableFile, 'mode' | 'modifiedAtNs'>): Pick<Header, 'mode' | 'mtime'> {
  return { mode, mtime: new Date(Number(modifiedAtNs / 1_000_000n)) };
}
