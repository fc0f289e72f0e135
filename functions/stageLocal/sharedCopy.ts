import type { TransferContext } from '../../shared/staging/stagingMethod.ts';
import type { AttemptWorkspace, UserAreaTarget } from '../../shared/staging/target/userAreaTarget.ts';
import {
  canClone,
  clonePartFile,
  type PartFile,
  type PartSeal,
  smallFileBytes,
  withdrawPartFile,
} from '../../shared/storage/copy/partFile.ts';
import type { Leader, SharedCopy } from '../../shared/storage/copy/sharedReads.ts';
import { type DigestMeans, digestOpenFile } from '../../shared/storage/digest/digestOpenFile.ts';
import type { FileSource } from '../../shared/storage/source.ts';
import { type Copied, type CopyServices, type CopyWork, copiedFile, fileCopy, fillPart } from './copyWork.ts';

/**
 * Copies a file; of several operations that need the same version, the leader reads it, and the followers clone the
 * result. Where the file system cannot clone, and for small files, each operation reads for itself.
 */
export function sharedFileCopy(source: FileSource, services: CopyServices): CopyWork {
  const own = fileCopy(source, services);
  if (source.sizeBytes <= smallFileBytes) return own;
  let leader: Leader | undefined;
  return {
    measure: own.measure,
    async cloneFromSharedRead(place, context) {
      const wanted = { version: source.version, device: await place.device() };
      const share = await services.sharedReads.share(wanted, context.signal, (copy) =>
        cloneOf(copy, { place, source }, services, context),
      );
      if (share === 'alone') return undefined;
      if ('follower' in share) return share.follower;
      leader = share.leader;
      return undefined;
    },
    async copy(workspace, context) {
      const isShared = await leader?.canShare(() => canClone(workspace.directory, workspace.part));
      const copied = await own.copy(workspace, context);
      return leader && isShared
        ? publishSharedRead(copied, { workspace, source }, leader, {
            threads: services.threads,
            signal: context.signal,
          })
        : copied;
    },
    end: () => leader?.[Symbol.dispose](),
  };
}

/** A clone of a pristine copy, with its digests; missing ones are computed. */
async function cloneOf(
  copy: SharedCopy,
  { place, source }: { readonly place: UserAreaTarget; readonly source: FileSource },
  { threads }: CopyServices,
  { digests, progress, signal }: TransferContext,
): Promise<Copied | undefined> {
  const workspace = await place.openWorkspace();
  const part = await clonePartFile(workspace.directory, workspace.part, copy);
  if (!part) return undefined;
  return fillPart(part, async () => {
    const missing = digests.filter((algorithm) => copy.digests[algorithm] === undefined);
    const computed =
      missing.length > 0 ? await digestOpenFile(part.handle, missing, { threads, signal }) : {};
    progress.addBytes(Number((await part.handle.stat()).size));
    progress.addFiles(1);
    return copiedFile(
      part,
      sealFor(source, workspace),
      { ...copy.digests, ...computed },
      { threads, signal },
    );
  });
}

/** Shares the copy with the followers, and continues with a clone of it. */
async function publishSharedRead(
  { handle, transferred: { digests } }: Copied,
  { workspace, source }: { readonly workspace: AttemptWorkspace; readonly source: FileSource },
  leader: Leader,
  { threads, signal }: DigestMeans,
): Promise<Copied> {
  const part: PartFile = await fillPart({ handle }, () =>
    withdrawPartFile(workspace.directory, workspace.part, { handle }),
  );
  leader.keep({ handle, digests });
  return copiedFile(part, sealFor(source, workspace), digests, { threads, signal });
}

function sealFor({ modifiedAtNs }: FileSource, { owner }: AttemptWorkspace): PartSeal {
  return { owner, modifiedAtNs };
}
