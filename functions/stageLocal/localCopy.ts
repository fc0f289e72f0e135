import type { FileHandle } from 'node:fs/promises';
import { StagingError } from '../../shared/errors/stagingError.ts';
import type {
  StagingMethod,
  StagingRequest,
  StagingTarget,
  TransferContext,
  Transferred,
} from '../../shared/staging/stagingMethod.ts';
import { findUserAreaPlace, type UserAreas } from '../../shared/staging/userAreaPlace.ts';
import { digestPartFile, fillPartFile, makePartFile, sealPartFile } from '../../shared/storage/copyFile.ts';
import { copyTree, makeFolder } from '../../shared/storage/copyTree.ts';
import type { Measure } from '../../shared/storage/fingerprint.ts';
import { measure } from '../../shared/storage/measure.ts';
import type { OpenDirectory, OpenFile, Source } from '../../shared/storage/source.ts';
import type { SourceStorage } from '../../shared/storage/sourceStorage.ts';
import { targetError } from '../../shared/storage/storageErrors.ts';
import { fromThread } from '../../shared/storage/storageThreads.ts';
import { syncFileSystem } from '../../shared/storage/syncFileSystem.ts';

/** What has been copied and waits to be published. */
interface Copied {
  readonly kind: Source['kind'];
  readonly handle: FileHandle;
  seal(): Promise<void>;
  makeDurable(): Promise<void>;
}

interface LocalCopyServices {
  readonly sourceStorage: SourceStorage;
  readonly userAreas: UserAreas;
}

/** `local_copy`: a copy of a file or of a whole directory in the user area; blocks are cloned where that is possible. */
export function createLocalCopy({ sourceStorage, userAreas }: LocalCopyServices): StagingMethod {
  return {
    name: 'local_copy',
    openTarget: async (request) => openLocalTarget(request, sourceStorage, userAreas),
  };
}

function openLocalTarget(request: StagingRequest, storage: SourceStorage, areas: UserAreas): StagingTarget {
  const place = findUserAreaPlace(request, areas);
  let copied: Copied | undefined;
  let measured: Measure | undefined;

  const copyFile = async (source: OpenFile, { digests, progress }: TransferContext): Promise<Transferred> => {
    const folder = await place.makeFolder();
    const part = await makePartFile(folder.directory, folder.part, source);
    copied = {
      kind: source.kind,
      handle: part.handle,
      seal: () => sealPartFile(part, folder.owner),
      makeDurable: () => part.handle.sync(),
    };
    const transferred: Transferred = {
      digests: await fillPartFile(part, source, digests, progress, areas.threads),
      computeDigests: (algorithms) => digestPartFile(part, algorithms, areas.threads),
    };
    progress.addFiles(1);
    const { size } = await part.handle.stat({ bigint: true });
    if (size !== source.stat.size) throw new StagingError('SOURCE_CHANGED', { path: request.source.given });
    return transferred;
  };

  const copyDirectory = async (
    source: OpenDirectory,
    { progress }: TransferContext,
  ): Promise<Transferred> => {
    const folder = await place.makeFolder();
    const part = await makeFolder(folder.directory, folder.part);
    copied = {
      kind: source.kind,
      handle: part.handle,
      // Its files and folders were made read-only one by one, as each was finished.
      seal: async () => undefined,
      // Made durable while it was compared with the source.
      makeDurable: async () => undefined,
    };
    const job = { storage, threads: areas.threads, progress, owner: folder.owner };
    await copyTree(job, { source, companion: part });
    const [now] = await Promise.all([measure(storage, source, areas.threads), syncFileSystem(part)]);
    if (now.fingerprint !== measured?.fingerprint || now.files !== progress.filesDone) {
      throw new StagingError('SOURCE_CHANGED', { path: request.source.given });
    }
    return { digests: {} };
  };

  return {
    location: place.location,
    isPresent: place.isPresent,
    computeDigests: place.computeDigests,
    async reserveSpace(source, { progress }) {
      measured = await translated(request, place.location, measure(storage, source, areas.threads));
      progress.bytesTotal = measured.bytes;
      progress.filesTotal = measured.files;
      return place.reserveSpace(measured.bytes, progress);
    },
    transfer: (source: Source, context) => {
      const copy = source.kind === 'file' ? copyFile(source, context) : copyDirectory(source, context);
      return translated(request, place.location, copy);
    },
    makeReadOnly: () => translated(request, place.location, finished(copied).seal()),
    async publish() {
      await translated(request, place.location, finished(copied).makeDurable());
      return place.publish(finished(copied).kind);
    },
    async [Symbol.asyncDispose]() {
      await copied?.handle.close();
      await place[Symbol.asyncDispose]();
    },
  };
}

function finished(copied: Copied | undefined): Copied {
  if (!copied) throw new Error('Nothing was transferred yet');
  return copied;
}

/** Failures of threads and of the file system, in the words of the request. */
async function translated<Result>(
  request: StagingRequest,
  location: string,
  work: Promise<Result>,
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw targetError(fromThread(error, request.source.given), location);
  }
}
