import { StagingError, systemErrorCode } from '../errors/stagingError.ts';
import { displayName, type FileName } from '../model/fileName.ts';
import type { TreeSource } from './dataSource.ts';
import { mountedFile } from './mounted/mountedFile.ts';
import { type OpenDirectory, openFileAt, pathIn } from './mounted/openAt.ts';
import type { SourceStorage } from './mounted/sourceStorage.ts';
import { walkTree } from './mounted/treeWalk.ts';
import type { S3Prefix } from './objects/s3Prefix.ts';
import type { ReadableFile } from './readableFile.ts';
import { sourceError } from './storageErrors.ts';
import type { TreeStep } from './treeStep.ts';

/**
 * Walks a directory, a prefix or a collection file by file.
 * @throws like `walkTree`, `S3Prefix.walk` and `Collection.replicas`
 */
export async function* treeSteps(
  source: TreeSource,
  storage: SourceStorage,
  signal: AbortSignal,
): AsyncGenerator<TreeStep, void, void> {
  if (source.kind === 'directory') yield* mountedSteps(source, storage);
  else if (source.kind === 'prefix') yield* prefixSteps(source, signal);
  // Loaded on demand, because most sites have no catalogue.
  else yield* (await import('./collectionTree.ts')).collectionSteps(source, signal);
}

async function* mountedSteps(
  top: OpenDirectory,
  storage: SourceStorage,
): AsyncGenerator<TreeStep, void, void> {
  const entered: OpenDirectory[] = [];
  for await (const event of walkTree(storage, top)) {
    const { path } = event;
    if (event.kind === 'enter') {
      const { mode, mtimeNs } = event.directory.stat;
      entered.push(event.directory);
      yield { kind: 'enter', path, folder: { mode: Number(mode) & 0o777, modifiedAtNs: mtimeNs } };
    } else if (event.kind === 'files') {
      for (const name of event.names) {
        yield { kind: 'file', path: [...path, name], open: () => openIn(event.directory, name) };
      }
    } else if (event.kind === 'linkedFile') {
      // The walk closes its own descriptor after this event, so the file is opened again, through the link.
      const [folder, name] = [entered.at(-1) ?? top, path.at(-1)];
      if (name) yield { kind: 'file', path, open: () => openLinked(storage, folder, name) };
    } else {
      entered.pop();
      yield { kind: 'leave', path };
      if (event.directory !== top) await event.directory.handle.close();
    }
  }
}

async function* prefixSteps(prefix: S3Prefix, signal: AbortSignal): AsyncGenerator<TreeStep, void, void> {
  const folder = { mode: 0o755, modifiedAtNs: 0n };
  for await (const event of prefix.walk(signal)) {
    if (event.kind === 'enter') yield { kind: 'enter', path: event.path, folder };
    else if (event.kind === 'leave') yield { kind: 'leave', path: event.path };
    else yield { kind: 'file', path: event.path, open: async () => event.object };
  }
}

async function openIn(directory: OpenDirectory, name: FileName): Promise<ReadableFile> {
  const location = [...directory.location, name];
  const path = displayName(location.join('/'));
  const file = await openFileAt(pathIn(directory, name), location).catch((error: unknown) => {
    // It was a regular file when the directory was read, and is now a link.
    throw systemErrorCode(error) === 'ELOOP' ? changed(path, error) : sourceError(error, path);
  });
  if (!file) throw changed(path);
  return mountedFile(file);
}

async function openLinked(
  storage: SourceStorage,
  folder: OpenDirectory,
  name: FileName,
): Promise<ReadableFile> {
  const source = await storage.openEntry(folder, name);
  if (source.kind === 'file') return mountedFile(source);
  await source.handle.close();
  throw changed(displayName([...folder.location, name].join('/')));
}

function changed(path: string, cause?: unknown): StagingError {
  return new StagingError('SOURCE_CHANGED', { path }, { cause });
}
