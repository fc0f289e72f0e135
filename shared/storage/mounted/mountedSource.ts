import type { BigIntStats } from 'node:fs';
import { open } from 'node:fs/promises';
import { StagingError } from '../../errors/stagingError.ts';
import { type FileName, fileName } from '../../model/fileName.ts';
import type { StoragePath } from '../../model/paths.ts';
import { copyTree, measureTree } from '../copy/copyTree.ts';
import { fillPartFile, makePartFile } from '../copy/partFile.ts';
import { digestOpenFile } from '../digest/digestOpenFile.ts';
import { fileEtag, treeEtag } from '../entityTag.ts';
import { pathOfDescriptor } from '../io/descriptors.ts';
import type { FileSource, Source, TreeSource } from '../source.ts';
import { measureFile } from '../threads/fingerprint.ts';
import { fromThread } from '../threads/threadPool.ts';
import { compareFile, mountedFile } from './mountedFile.ts';
import type { MountedSource, OpenDirectory, OpenFile } from './openAt.ts';
import type { SourceStorage } from './sourceStorage.ts';
import { walkTree } from './treeWalk.ts';

/** Opens a source on mounted storage. @throws like `SourceStorage.open` */
export async function openMounted(path: StoragePath, storage: SourceStorage): Promise<Source> {
  const opened = await storage.open(path);
  return opened.kind === 'file' ? fileSource(opened) : treeSource(opened, storage);
}

/** What identifies the version of a file, by its state. See `FileSource`. */
export function versionsOf(stat: Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs'>) {
  const entityTag = fileEtag(stat);
  return {
    entityTag,
    version: [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join('-'),
    // If it was linked since, or its times were set back, nothing of earlier attempts is reused.
    resumableVersion: `${entityTag} ${stat.ctimeNs}`,
  };
}

function fileSource(file: OpenFile): FileSource {
  const { handle, stat } = file;
  const readable = mountedFile(file);
  const versions = versionsOf(stat);
  return {
    ...readable,
    ...versions,
    kind: 'file',
    name: nameOf(file),
    mounted: file,
    measure: async () => ({ ...measureFile(stat), entityTag: versions.entityTag }),
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
      if (size !== stat.size) throw new StagingError('SOURCE_CHANGED', { path: readable.path });
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
      const measure = await measureTree(top, storage, means);
      return { ...measure, entityTag: treeEtag(measure) };
    },
    steps: () => walkTree(storage, top),
    copyTo: async (folder, { threads, progress, owner, checksumsFd }) =>
      treeEtag(await copyTree({ storage, threads, progress, owner, checksumsFd }, top, folder)),
    [Symbol.asyncDispose]: () => top.handle.close(),
  };
}

/** The root of the storage has no name. */
function nameOf({ location }: MountedSource): FileName {
  return location.at(-1) ?? fileName('storage');
}
