import { open } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { displayName, type FileName, fileName } from '../../model/fileName.ts';
import type { StoragePath } from '../../model/paths.ts';
import { copyTree } from '../copy/copyTree.ts';
import { fillPartFile, makePartFile } from '../copy/partFile.ts';
import { digestOpenFile } from '../digest/digestOpenFile.ts';
import { fileEtag, treeEtag } from '../entityTag.ts';
import { pathOfDescriptor } from '../io/descriptors.ts';
import { allocatedBytes } from '../io/holes.ts';
import { Progress, stopOnAbort } from '../progress.ts';
import type { FileSource, ReadableFile, Source, TreeSource, TreeStep } from '../source.ts';
import { sourceError } from '../storageErrors.ts';
import { addMeasures, emptyMeasure, fingerprintModulus, type Measure } from '../threads/fingerprint.ts';
import { fromThread, type StorageThreads } from '../threads/threadPool.ts';
import { compareFile, mountedFile } from './mountedFile.ts';
import { type MountedSource, type OpenDirectory, type OpenFile, openFileAt, pathIn } from './openAt.ts';
import type { SourceStorage } from './sourceStorage.ts';
import { walkTree } from './treeWalk.ts';

/** Opens a source on mounted storage. @throws like `SourceStorage.open` */
export async function openMounted(path: StoragePath, storage: SourceStorage): Promise<Source> {
  const opened = await storage.open(path);
  return opened.kind === 'file' ? fileSource(opened) : treeSource(opened, storage);
}

function fileSource(file: OpenFile): FileSource {
  const { handle, stat } = file;
  const readable = mountedFile(file);
  const entityTag = fileEtag(stat);
  return {
    ...readable,
    kind: 'file',
    name: nameOf(file),
    mounted: file,
    entityTag,
    version: [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join('-'),
    // If it was linked since, or its times were set back, nothing of earlier attempts is reused.
    resumableVersion: `${entityTag} ${stat.ctimeNs}`,
    measure: async () => ({ ...measureFile(file), entityTag }),
    async reopen() {
      const again = await open(pathOfDescriptor(handle.fd));
      return fileSource({ ...file, handle: again, [Symbol.asyncDispose]: () => again.close() });
    },
    compare: () => compareFile(file),
    digest: (algorithms, means) =>
      digestOpenFile(handle, algorithms, means).catch((error: unknown) => {
        throw fromThread(error, readable.path);
      }),
    makePart: (directory, part) => makePartFile(directory, part, file),
    async copyTo(part, copy) {
      const digests = await fillPartFile(part, file, copy);
      const { size } = await part.handle.stat({ bigint: true });
      if (size !== stat.size) throw changed(readable.path);
      return digests;
    },
  };
}

function treeSource(top: OpenDirectory, storage: SourceStorage): TreeSource {
  return {
    kind: 'tree',
    name: nameOf(top),
    mounted: top,
    async measure(means) {
      const measure = await measureTree(top, { storage, ...means });
      return { ...measure, entityTag: treeEtag(measure) };
    },
    steps: () => steps(top, storage),
    copyTo: async (folder, { threads, progress, owner, checksumsFd }) =>
      treeEtag(await copyTree({ storage, threads, progress, owner, checksumsFd }, top, folder)),
    [Symbol.asyncDispose]: () => top.handle.close(),
  };
}

/** The root of the storage has no name. */
function nameOf({ location }: MountedSource): FileName {
  return location.at(-1) ?? fileName('storage');
}

async function* steps(top: OpenDirectory, storage: SourceStorage): AsyncGenerator<TreeStep, void, void> {
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

/** The dependencies for measuring a tree. */
interface MeasuringMeans {
  readonly storage: SourceStorage;
  readonly threads: StorageThreads;
  readonly signal: AbortSignal;
}

/**
 * Measures a whole tree; links in it count as the files that they lead to, because copies contain those.
 * @throws the signal's reason; errors of the walk
 */
export async function measureTree(
  source: OpenDirectory,
  { storage, threads, signal }: MeasuringMeans,
): Promise<Measure> {
  const progress = new Progress();
  let total = emptyMeasure;
  const add = (measured: Measure) => {
    total = addMeasures(total, measured);
  };
  await stopOnAbort(progress, signal, async () => {
    // Loaded when it is needed, because most sources are one file.
    const { walkInParallel } = await import('./parallelWalk.ts');
    await walkInParallel(
      storage,
      { source },
      {
        parallelism: threads.parallelism,
        progress,
        async visit(task) {
          const { measure, ...rest } = await threads.run('measureTree', {
            ...task,
            progressMemory: progress.memory,
          });
          add(measure);
          return rest;
        },
        linkedFile: async (_folder, _name, file) => add(measureFile(file)),
      },
    );
  });
  return total;
}

/** Measures an open file. */
function measureFile({ stat }: OpenFile): Measure {
  return {
    bytes: Number(stat.size),
    files: 1,
    allocatedBytes: allocatedBytes({ size: Number(stat.size), blocks: Number(stat.blocks) }),
    fingerprint: Number((stat.mtimeNs + stat.ino) % BigInt(fingerprintModulus)),
  };
}
