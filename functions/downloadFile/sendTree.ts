import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { StagingError } from '../../shared/errors/stagingError.ts';
import type { TransferContext } from '../../shared/staging/stagingMethod.ts';
import { displayName, type FileName } from '../../shared/storage/fileName.ts';
import { type OpenDirectory, type OpenFile, openFileAt, pathIn } from '../../shared/storage/source.ts';
import type { SourceStorage } from '../../shared/storage/sourceStorage.ts';
import { sourceError } from '../../shared/storage/storageErrors.ts';
import { walkTree } from '../../shared/storage/treeWalk.ts';
import type { ResponseBody } from './responseBody.ts';

const chunkBytes = 256 * 1024;

/** Files up to this size are read at once: a stream for each of 100,000 small files would cost more than their bytes. */
const wholeFileBytes = 256 * 1024;

/** Sends a directory as a tar stream (POSIX pax, by tar-stream) whose entries lie in a folder of this name. */
export async function sendTree(
  storage: SourceStorage,
  directory: OpenDirectory,
  name: string,
  body: ResponseBody,
  { progress }: TransferContext,
): Promise<void> {
  const archive = pack();
  const sending = send(archive, body);
  // Awaited below; until then its failure shows itself by ending the archive.
  sending.catch((error: unknown) => archive.destroy(error instanceof Error ? error : undefined));
  try {
    for await (const event of walkTree(storage, directory)) {
      const entryName = (...more: FileName[]) =>
        [name, displayName([...event.path, ...more].join('/'))].filter(Boolean).join('/');
      if (event.kind === 'enter') {
        const { mode, mtimeMs } = event.directory.stat;
        archive.entry({
          name: `${entryName()}/`,
          type: 'directory',
          mode: Number(mode) & 0o777,
          mtime: dateOf(mtimeMs),
        });
      } else if (event.kind === 'files') {
        for (const fileName of event.names) {
          await using file = await openOne(event.directory, fileName);
          progress.addBytes(await addFile(archive, file, entryName(fileName)));
          progress.addFiles(1);
        }
      } else if (event.kind === 'linkedFile') {
        progress.addBytes(await addFile(archive, event.file, entryName()));
        progress.addFiles(1);
      } else if (event.directory !== directory) {
        await event.directory.handle.close();
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

async function send(archive: Pack, body: ResponseBody): Promise<void> {
  for await (const chunk of archive) if (chunk instanceof Uint8Array) await body.write(chunk);
}

async function openOne(directory: OpenDirectory, name: FileName): Promise<OpenFile> {
  const path = displayName([...directory.location, name].join('/'));
  try {
    const file = await openFileAt(pathIn(directory, name), [...directory.location, name]);
    if (file) return file;
  } catch (error) {
    throw sourceError(error, path);
  }
  throw new StagingError('SOURCE_KIND_UNSUPPORTED', { path, kind: 'special file' });
}

/** Adds one file, and checks afterwards that it did not change meanwhile. Returns its size in bytes. */
async function addFile(archive: Pack, file: OpenFile, name: string): Promise<number> {
  const { size, mode, mtimeMs } = file.stat;
  const header = { name, size: Number(size), mode: Number(mode) & 0o777, mtime: dateOf(mtimeMs) };
  if (size <= wholeFileBytes) {
    archive.entry(header, await readWhole(file, Number(size)));
  } else {
    const options = { start: 0, end: Number(size) - 1, autoClose: false, highWaterMark: chunkBytes };
    await pipeline(file.handle.createReadStream(options), archive.entry(header));
  }
  const now = await file.handle.stat({ bigint: true });
  if (now.size !== size || now.mtimeNs !== file.stat.mtimeNs)
    throw new StagingError('SOURCE_CHANGED', { path: name });
  return Number(size);
}

async function readWhole(file: OpenFile, size: number): Promise<Buffer> {
  const content = Buffer.alloc(size);
  for (let read = 0; read < size; ) {
    const { bytesRead } = await file.handle.read(content, read, size - read, read);
    if (bytesRead === 0)
      throw new StagingError('SOURCE_CHANGED', { path: displayName(file.location.join('/')) });
    read += bytesRead;
  }
  return content;
}

function dateOf(mtimeMs: bigint): Date {
  return new Date(Number(mtimeMs));
}
