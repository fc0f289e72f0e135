import { symlink } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Config } from '../../shared/config/config.ts';
import { StagingError, systemErrorCode } from '../../shared/errors/stagingError.ts';
import { chunksOf } from '../../shared/model/chunks.ts';
import type { FileName } from '../../shared/model/fileName.ts';
import type { LinkType } from '../../shared/model/operation.ts';
import { isDid, isS3Location, type SourcePath } from '../../shared/model/sourcePath.ts';
import type {
  StagingMethod,
  StagingRequest,
  StagingTarget,
  TransferContext,
} from '../../shared/staging/stagingMethod.ts';
import type { UserAreas } from '../../shared/staging/targetBase.ts';
import {
  type AttemptWorkspace,
  openUserAreaTarget,
  wantedEntry,
} from '../../shared/staging/userAreaTarget.ts';
import type { Catalogue, Collection } from '../../shared/storage/catalogue.ts';
import { makeFolder } from '../../shared/storage/copy/copyTree.ts';
import {
  hardLinkFile,
  hardLinkRefusal,
  hardLinkTree,
  type LinkOptions,
  removeWriteBits,
} from '../../shared/storage/copy/hardLinks.ts';
import { type MountedSource, type OpenFile, pathIn } from '../../shared/storage/mounted/openAt.ts';
import { realPathOf, type SourceStorage } from '../../shared/storage/mounted/sourceStorage.ts';
import { openDid } from '../../shared/storage/openSource.ts';
import { targetError } from '../../shared/storage/storageErrors.ts';
import { fromThread } from '../../shared/storage/threads/threadPool.ts';
import type { FormerModes } from '../../shared/storage/threads/visits.ts';
import type { ClosedDirectory } from '../../shared/storage/userArea/closedDirectory.ts';
import { syncFileSystem } from '../../shared/storage/userArea/syncFileSystem.ts';

interface SymlinkCopyServices {
  readonly sourceStorage: SourceStorage;
  /** Undefined where the settings name none; then no path leads there. */
  readonly catalogue?: Catalogue | undefined;
  readonly userAreas: UserAreas;
  readonly config: Pick<Config, 'linkMode' | 'isSourceProtected'>;
  readonly logger: Logger;
}

/** `symlink_copy`: links instead of copies, hard ones if source and user area share a file system. */
export function createSymlinkCopy({
  sourceStorage,
  catalogue,
  userAreas,
  config,
  logger,
}: SymlinkCopyServices): StagingMethod<LinkSource> {
  const { linkMode, isSourceProtected } = config;
  const linking = {
    storage: sourceStorage,
    areas: userAreas,
    linkMode,
    isSourceProtected,
    onModesChanged: (former: FormerModes) => logFormerModes(logger, former),
  };
  return {
    name: 'symlink_copy',
    async openSource(path, signal) {
      if (isDid(path)) {
        const source = await openDid(path, catalogue, signal);
        if (source.kind !== 'object') return source;
        throw notMounted(path);
      }
      if (isS3Location(path)) throw notMounted(path);
      const source = await sourceStorage.open(path);
      if (source.location.length > 0) return source;
      await source.handle.close();
      throw new StagingError('SOURCE_IS_ROOT', { method: 'symlink_copy', path: path.given });
    },
    openTarget: async (request) => openLinkTarget(request, linking),
  };
}

/** What can be linked: what is mounted, and what the catalogue names, if its replicas are mounted. */
type LinkSource = MountedSource | Collection;

function notMounted({ given }: SourcePath): StagingError {
  return new StagingError('SOURCE_NOT_MOUNTED', { method: 'symlink_copy', path: given });
}

interface Linking extends LinkOptions {
  readonly storage: SourceStorage;
  readonly areas: UserAreas;
  readonly linkMode: Config['linkMode'];
}

function openLinkTarget(request: StagingRequest, linking: Linking): StagingTarget<LinkSource> {
  const place = openUserAreaTarget(request, linking.areas);
  const linkCollection = async (linkType: LinkType, source: Collection, context: TransferContext) => {
    // Loaded on demand, because most sites have no catalogue.
    const { linkReplicas } = await import('./collectionLinks.ts');
    const workspace = await place.openWorkspace();
    const means = { ...context, threads: linking.areas.threads };
    await linkReplicas(source, workspace, means, (file, folder, name) =>
      linkType === 'hard'
        ? hardLinkFile(linking.storage, file, folder, name, linking)
        : makeSymbolicLink(linking, file, folder, name),
    );
    return { linkType, kind: 'directory' } as const;
  };
  const linkHard = async (source: LinkSource, context: TransferContext) => {
    if (source.kind === 'collection') return linkCollection('hard', source, context);
    await makeHardLinks(linking, source, await place.openWorkspace(), context);
    return { linkType: 'hard', kind: source.kind } as const;
  };
  const linkSymbolic = async (source: LinkSource, context: TransferContext) => {
    if (source.kind === 'collection') return linkCollection('symbolic', source, context);
    const { directory, part } = await place.openWorkspace();
    await makeSymbolicLink(linking, source, directory, part);
    if (source.kind === 'file') countFile(source, context.progress);
    return { linkType: 'symbolic', kind: 'file' } as const;
  };
  const link = async (source: LinkSource, context: TransferContext) => {
    if (linking.linkMode === 'symbolic') return linkSymbolic(source, context);
    return linkHard(source, context).catch(async (error: unknown) => {
      const reason = hardLinkRefusal(error);
      if (reason === undefined) throw error;
      if (linking.linkMode === 'hard') throw linkImpossible(request, reason, error);
      await place.removePart();
      context.progress.reset();
      return linkSymbolic(source, context);
    });
  };
  return {
    location: place.location,
    isPresent: (source) => place.isPresent(wantedEntry(linking.storage, source)),
    isSourceItself: place.isSourceItself,
    openTree: place.openTree,
    identify: place.identify,
    computeDigests: place.computeDigests,
    async transfer(source, context) {
      // Links take a negligible amount of space.
      await place.reserveSpace(0, context);
      const { linkType, kind } = await link(source, context).catch((error: unknown) => {
        throw targetError(fromThread(error, request.source.given), place.location);
      });
      return {
        digests: {},
        linkType,
        // Making hard links already removed the write bits of their files; a symbolic link has no mode of its own.
        makeReadOnly: async () => undefined,
        async publish() {
          if (kind === 'directory') await syncFileSystem((await place.openWorkspace()).directory);
          return place.publish(kind);
        },
      };
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

async function makeHardLinks(
  linking: Linking,
  source: MountedSource,
  workspace: AttemptWorkspace,
  { progress }: TransferContext,
): Promise<void> {
  const { storage, areas } = linking;
  if (source.kind === 'file') {
    await hardLinkFile(storage, source, workspace.directory, workspace.part, linking);
    countFile(source, progress);
    return;
  }
  const target = await makeFolder(workspace.directory, workspace.part);
  try {
    const job = { storage, threads: areas.threads, progress, owner: workspace.owner };
    await hardLinkTree(job, source, target, linking);
  } finally {
    await target.handle.close();
  }
  progress.bytesTotal = progress.bytesDone;
  progress.filesTotal = progress.filesDone;
}

/** The link contains the resolved path of the source, so that it leads to what was opened and through no other link. */
async function makeSymbolicLink(
  linking: Linking,
  source: MountedSource,
  folder: ClosedDirectory,
  name: FileName,
): Promise<void> {
  await symlink(realPathOf(linking.storage, source), pathIn(folder, name));
  if (source.kind === 'file' && linking.isSourceProtected) await removeWriteBitsIfPermitted(source, linking);
}

/** If the service may not change the source's mode, the administrator is responsible for it. */
async function removeWriteBitsIfPermitted(source: OpenFile, options: LinkOptions): Promise<void> {
  try {
    await removeWriteBits(source, options);
  } catch (error) {
    if (!['EPERM', 'EACCES', 'EROFS'].includes(systemErrorCode(error) ?? '')) throw error;
  }
}

/** How many files one log line names at most. */
const filesPerLine = 200;

/** So that an administrator can undo it. */
function logFormerModes(logger: Logger, former: FormerModes): void {
  for (const some of chunksOf(Object.entries(former), filesPerLine)) {
    const formerModes = some.map(([path, mode]) => `${mode.toString(8).padStart(4, '0')} ${path}`);
    logger.info({ formerModes }, 'removed the write bits of source files; their former modes');
  }
}

function countFile(source: MountedSource, progress: TransferContext['progress']): void {
  progress.bytesTotal = Number(source.stat.size);
  progress.filesTotal = 1;
  progress.addBytes(Number(source.stat.size));
  progress.addFiles(1);
}

function linkImpossible(request: StagingRequest, reason: string, cause: unknown): StagingError {
  return new StagingError('LINK_IMPOSSIBLE', { kind: 'hard', path: request.source.given, reason }, { cause });
}
