import { fileName } from '../../shared/model/fileName.ts';
import { isDid, isS3Location } from '../../shared/model/sourcePath.ts';
import type {
  StagingMethod,
  StagingRequest,
  StagingTarget,
  StagingTogether,
  TransferContext,
} from '../../shared/staging/stagingMethod.ts';
import type { UserAreas } from '../../shared/staging/target/targetBase.ts';
import { locationOf, openUserAreaTarget, wantedEntry } from '../../shared/staging/target/userAreaTarget.ts';
import { defaultResumeSizes, type ResumeSizes } from '../../shared/storage/copy/partFile.ts';
import type { SharedReads } from '../../shared/storage/copy/sharedReads.ts';
import type { SmallCopies } from '../../shared/storage/copy/smallCopies.ts';
import { targetError } from '../../shared/storage/io/storageErrors.ts';
import { openSource, type Storages } from '../../shared/storage/openSource.ts';
import type { Source } from '../../shared/storage/source.ts';
import { fromThread } from '../../shared/storage/threads/threadPool.ts';
import { type Copied, type CopyWork, treeCopy } from './copyWork.ts';
import { sharedFileCopy } from './sharedCopy.ts';

interface LocalCopyServices extends Storages {
  readonly userAreas: UserAreas;
  /** Which copies can be resumed; by default those of large files. */
  readonly resumeSizes?: ResumeSizes;
  readonly sharedReads: SharedReads;
  readonly smallCopies?: SmallCopies;
}

/**
 * `local_copy`: a copy in the user area of a file, a directory, an object, all objects beneath a prefix, or a data
 * identifier; blocks are cloned where that is possible.
 */
export function createLocalCopy(services: LocalCopyServices): StagingMethod {
  return {
    name: 'local_copy',
    openSource: (path, signal) => openSource(path, services, signal),
    openTarget: async (request) => openLocalTarget(request, services),
    together: (request) => copyTogether(request, services),
  };
}

/** Small files of mounted storage are copied together, at their first attempts. */
function copyTogether(
  request: StagingRequest,
  { smallCopies, userAreas }: LocalCopyServices,
): StagingTogether | undefined {
  const { operationId, username, source, target, expectedDigests, attempt = 1 } = request;
  const isAlone = attempt > 1 || request.dataset || request.partTree || target.names.length === 0;
  if (!smallCopies || isAlone || isDid(source) || isS3Location(source)) return undefined;
  const wanted = { operationId, source: source.names, expectedDigests } as const;
  const names = [fileName(username), ...target.names] as const;
  return {
    location: locationOf(request, userAreas),
    stage: (context) => smallCopies.copy({ ...wanted, ...context, target: names }),
  };
}

function openLocalTarget(
  request: StagingRequest,
  { sourceStorage, userAreas, sharedReads, resumeSizes = defaultResumeSizes }: LocalCopyServices,
): StagingTarget {
  const place = openUserAreaTarget(request, userAreas);
  const services = {
    request,
    threads: userAreas.threads,
    sharedReads,
    resumeSizes,
    areTreesDigested: userAreas.areTreesDigested ?? false,
  };
  let work: CopyWork | undefined;
  let copied: Copied | undefined;

  const copy = async (source: Source, context: TransferContext): Promise<Copied> => {
    work = source.kind === 'file' ? sharedFileCopy(source, services) : treeCopy(source, services);
    const { bytes, files, allocatedBytes } = await work.measure(context);
    context.progress.bytesTotal = bytes;
    context.progress.filesTotal = files;
    // A clone takes no space.
    copied = await work.cloneFromSharedRead?.(place, context);
    if (copied) return copied;
    await place.reserveSpace(allocatedBytes, context);
    copied = await work.copy(await place.openWorkspace(), context);
    return copied;
  };
  return {
    location: place.location,
    isPresent: (source) => place.isPresent(wantedEntry(sourceStorage, source)),
    isSourceItself: place.isSourceItself,
    openTree: place.openTree,
    identify: place.identify,
    computeDigests: place.computeDigests,
    async transfer(source, context) {
      const { kind, entityTag, transferred, makeReadOnly, makeDurable } = await withRequestErrors(
        copy(source, context),
      );
      return {
        ...transferred,
        makeReadOnly: () => withRequestErrors(makeReadOnly()),
        async publish() {
          await withRequestErrors(makeDurable());
          return place.publish(kind, entityTag);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      work?.end?.();
      await copied?.handle.close();
      await place[Symbol.asyncDispose]();
    },
  };

  /** Errors of threads and of the file system, in terms of the request. */
  async function withRequestErrors<Result>(steps: Promise<Result>): Promise<Result> {
    try {
      return await steps;
    } catch (error) {
      throw targetError(fromThread(error, request.source.given), place.location);
    }
  }
}
