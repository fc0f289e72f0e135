import { StagingError } from '../../shared/errors/stagingError.ts';
import { makeEmptyPartFile } from '../../shared/storage/copy/partFile.ts';
import { sourceEtag, treeEtag } from '../../shared/storage/dataSource.ts';
import type { ObjectStorage } from '../../shared/storage/objects/objectStorage.ts';
import type { S3Object } from '../../shared/storage/objects/s3Object.ts';
import type { S3Prefix } from '../../shared/storage/objects/s3Prefix.ts';
import { syncFileSystem } from '../../shared/storage/userArea/syncFileSystem.ts';
import { type CopyServices, type CopyWork, copyResumably, fillPartTree } from './copyWork.ts';

/** Copies an object of an object store. */
export function objectCopy(
  source: S3Object,
  services: CopyServices,
  { copyObject }: ObjectStorage,
): CopyWork {
  return {
    measure: async () => ({ bytes: source.sizeBytes, files: 1, allocatedBytes: source.sizeBytes }),
    async copy(workspace, context) {
      const { sizeBytes, modifiedAtNs } = source;
      const makePart = () => makeEmptyPartFile(workspace.directory, workspace.part);
      const object = { version: sourceEtag(source), sizeBytes, modifiedAtNs, makePart };
      return copyResumably(workspace, object, services, context, (part, plan) =>
        copyObject(source, part.handle, { ...context, plan }),
      );
    },
  };
}

/** Copies all objects beneath a prefix as a directory, verified by listing them before and after. */
export function prefixCopy(
  source: S3Prefix,
  { request }: CopyServices,
  { copyPrefix }: ObjectStorage,
): CopyWork {
  let before: string | undefined;
  return {
    async measure({ signal }) {
      const { fingerprint, ...amount } = await source.measure(signal);
      before = fingerprint;
      return { ...amount, allocatedBytes: amount.bytes };
    },
    copy: (workspace, { progress, signal }) =>
      fillPartTree(workspace, async (tree) => {
        await copyPrefix(source, tree, { progress, signal, owner: workspace.owner });
        const [now] = await Promise.all([source.measure(signal), syncFileSystem(tree)]);
        if (now.fingerprint !== before || now.files !== progress.filesDone) {
          throw new StagingError('SOURCE_CHANGED', { path: request.source.given });
        }
        return treeEtag(now);
      }),
  };
}
