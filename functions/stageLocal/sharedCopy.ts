import type { TransferContext } from '../../shared/staging/stagingMethod.ts';
import type { TargetFolder, UserAreaPlace } from '../../shared/staging/userAreaTarget.ts';
import {
  canClone,
  clonePartFile,
  digestPartFile,
  type PartFile,
  smallFileBytes,
  withdrawPartFile,
} from '../../shared/storage/copy/partFile.ts';
import { type Lead, type PristineCopy, versionOf } from '../../shared/storage/copy/sharedReads.ts';
import type { OpenFile } from '../../shared/storage/mounted/openAt.ts';
import { type Copied, type CopyServices, type CopyWork, copiedFile, fillPart } from './copyWork.ts';
import { fileCopy } from './mountedCopy.ts';

/**
 * Copies a file; of several operations that want the same version of it, one reads it, and the others get clones of
 * what it has read. Where the file system cannot clone, and for small files, each reads for itself.
 */
export function sharedFileCopy(source: OpenFile, services: CopyServices): CopyWork {
  const own = fileCopy(source, services);
  if (source.stat.size <= smallFileBytes) return own;
  let lead: Lead | undefined;
  return {
    measure: own.measure,
    async takeOver(place, context) {
      const wanted = { version: versionOf(source), device: await place.device() };
      const share = await services.pristineCopies.share(wanted, context.signal, (copy) =>
        cloneOf(copy, place, services, context),
      );
      if (share === 'alone') return undefined;
      if ('served' in share) return share.served;
      lead = share.lead;
      return undefined;
    },
    async copy(folder, context) {
      const isShared = await lead?.isWorthWaitingFor(() => canClone(folder.directory, folder.part));
      const copied = await own.copy(folder, context);
      return lead && isShared ? handOver(copied, folder, lead, services) : copied;
    },
    end: () => lead?.[Symbol.dispose](),
  };
}

/** A clone of a pristine copy, with its digests; those that it does not have are computed. */
async function cloneOf(
  copy: PristineCopy,
  place: UserAreaPlace,
  { threads }: CopyServices,
  { digests, progress }: TransferContext,
): Promise<Copied | undefined> {
  const folder = await place.makeFolder();
  const part = await clonePartFile(folder.directory, folder.part, copy);
  if (!part) return undefined;
  return fillPart(part, async () => {
    const missing = digests.filter((algorithm) => copy.digests[algorithm] === undefined);
    const computed = missing.length > 0 ? await digestPartFile(part, missing, threads) : {};
    progress.addBytes(Number((await part.handle.stat()).size));
    progress.addFiles(1);
    return copiedFile(part, folder, { ...copy.digests, ...computed }, threads);
  });
}

/** Lets the others have what was copied, and goes on with a clone of it. */
async function handOver(
  { handle, transferred: { digests } }: Copied,
  folder: TargetFolder,
  lead: Lead,
  { threads }: CopyServices,
): Promise<Copied> {
  const part: PartFile = await fillPart({ handle }, () =>
    withdrawPartFile(folder.directory, folder.part, { handle }),
  );
  lead.keep({ handle, digests });
  return copiedFile(part, folder, digests, threads);
}
