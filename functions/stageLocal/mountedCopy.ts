import { StagingError } from '../../shared/errors/stagingError.ts';
import { copyTree } from '../../shared/storage/copy/copyTree.ts';
import { fillPartFile, makePartFile } from '../../shared/storage/copy/partFile.ts';
import { sourceEtag, treeEtag } from '../../shared/storage/dataSource.ts';
import { measureFile, measureTree } from '../../shared/storage/mounted/measure.ts';
import type { OpenDirectory, OpenFile } from '../../shared/storage/mounted/openAt.ts';
import type { Measure } from '../../shared/storage/threads/fingerprint.ts';
import { syncFileSystem } from '../../shared/storage/userArea/syncFileSystem.ts';
import { type CopyServices, type CopyWork, copyResumably, fillPartTree } from './copyWork.ts';

/** Copies a file; its blocks are cloned where possible. */
export function fileCopy(source: OpenFile, services: CopyServices): CopyWork {
  const { request, threads } = services;
  const sizeBytes = Number(source.stat.size);
  // If a file was linked since, or its times were set back, nothing is reused from earlier attempts.
  const version = `${sourceEtag(source)} ${source.stat.ctimeNs}`;
  return {
    measure: async () => measureFile(source),
    async copy(workspace, context) {
      const makePart = () => makePartFile(workspace.directory, workspace.part, source);
      return copyResumably(
        workspace,
        { version, sizeBytes, modifiedAtNs: source.stat.mtimeNs, makePart },
        services,
        context,
        async (part, plan) => {
          const filled = await fillPartFile(part, source, { ...context, threads, plan });
          const { size } = await part.handle.stat({ bigint: true });
          if (size !== source.stat.size)
            throw new StagingError('SOURCE_CHANGED', { path: request.source.given });
          return filled;
        },
      );
    },
  };
}

/** Copies a directory with everything in it, verified by measuring it before and after. */
export function directoryCopy(source: OpenDirectory, services: CopyServices): CopyWork {
  const { request, storage, threads } = services;
  let before: Measure | undefined;
  return {
    async measure({ signal }) {
      before = await measureTree(source, { storage, threads, signal });
      return before;
    },
    copy: (workspace, { progress, signal }) =>
      fillPartTree(workspace, async (tree) => {
        await copyTree({ storage, threads, progress, owner: workspace.owner }, source, tree);
        const measuring = measureTree(source, { storage, threads, signal });
        const [now] = await Promise.all([measuring, syncFileSystem(tree)]);
        if (now.fingerprint !== before?.fingerprint || now.files !== progress.filesDone) {
          throw new StagingError('SOURCE_CHANGED', { path: request.source.given });
        }
        return treeEtag(now);
      }),
  };
}
