import { symlink } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Config } from '../../shared/config/config.ts';
import { StagingError, systemErrorCode } from '../../shared/errors/stagingError.ts';
import { chunksOf } from '../../shared/model/chunks.ts';
import { displayName, type FileName } from '../../shared/model/fileName.ts';
import type { LinkType } from '../../shared/model/operation.ts';
import { isDid, isS3Location } from '../../shared/model/sourcePath.ts';
import type {
  StagingMethod,
  StagingRequest,
  StagingTarget,
  TransferContext,
} from '../../shared/staging/stagingMethod.ts';
import type { UserAreas } from '../../shared/staging/target/targetBase.ts';
import {
  type AttemptWorkspace,
  openUserAreaTarget,
  wantedEntry,
} from '../../shared/staging/target/userAreaTarget.ts';
import { type Catalogue, type Collection, openDid } from '../../shared/storage/catalogue.ts';
import { makeFolder } from '../../shared/storage/copy/copyTree.ts';
import {
  hardLinkFile,
  hardLinkRefusal,
  hardLinkTree,
  type LinkOptions,
  removeWriteBits,
} from '../../shared/storage/copy/hardLinks.ts';
import { targetError } from '../../shared/storage/io/storageErrors.ts';
import { openMounted } from '../../shared/storage/mounted/mountedSource.ts';
import { type MountedSource, type OpenFile, pathIn } from '../../shared/storage/mounted/openAt.ts';
import { realPathOf, type SourceStorage } from '../../shared/storage/mounted/sourceStorage.ts';
import type { FileSource, Source } from '../../shared/storage/source.ts';
import { fromThread } from '../../shared/storage/threads/threadPool.ts';
import type { FormerModes } from '../../shared/storage/threads/trees/visits.ts';
import type { ClosedDirectory } from '../../shared/storage/userArea/closedDirectory.ts';
import { syncFileSystem } from '../../shared/storage/userArea/publish.ts';

interface SymlinkCopyServices {
  readonly sourceStorage: SourceStorage;
  /** Undefined if not configured; then no path leads there. */
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
}: SymlinkCopyServices): StagingMethod {
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
      if (isDid(path)) return openDid(path, catalogue, signal);
      if (isS3Location(path)) throw notMounted(path.given);
      const source = await openMounted(path, sourceStorage);
      if (source.mounted?.location.length !== 0) return source;
      await source[Symbol.asyncDispose]();
      throw new StagingError('SOURCE_IS_ROOT', { method: 'symlink_copy', path: path.given });
    },
    openTarget: async (request) => openLinkTarget(request, linking),
  };
}

function notMounted(path: string): StagingError {
  return new StagingError('SOURCE_NOT_MOUNTED', { method: 'symlink_copy', path });
}

/** A source on mounted storage, held open. @throws SOURCE_NOT_MOUNTED */
function mountedOf(source: Source): MountedSource {
  if (source.mounted) return source.mounted;
  throw notMounted(source.kind === 'file' ? source.path : displayName(source.name));
}

interface Linking extends LinkOptions {
  readonly storage: SourceStorage;
  readonly areas: UserAreas;
  readonly linkMode: Config['linkMode'];
}

function openLinkTarget(request: StagingRequest, linking: Linking): StagingTarget {
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
    return { linkType, kind: 'tree' } as const;
  };
  const linkHard = async (source: Source, context: TransferContext) => {
    if (source.kind === 'tree' && source.collection)
      return linkCollection('hard', source.collection, context);
    await makeHardLinks(linking, mountedOf(source), await place.openWorkspace(), context);
    return { linkType: 'hard', kind: source.kind } as const;
  };
  const linkSymbolic = async (source: Source, context: TransferContext) => {
    if (source.kind === 'tree' && source.collection)
      return linkCollection('symbolic', source.collection, context);
    const { directory, part } = await place.openWorkspace();
    await makeSymbolicLink(linking, mountedOf(source), directory, part);
    if (source.kind === 'file') countFile(source, context.progress);
    return { linkType: 'symbolic', kind: 'file' } as const;
  };
  const link = async (source: Source, context: TransferContext) => {
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
          if (kind === 'tree') await syncFileSystem((await place.openWorkspace()).directory);
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
    countFile({ sizeBytes: Number(source.stat.size) }, progress);
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

/**
 * The link contains the resolved path of the source, so that it leads to the opened source and through no other link.
 */
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

/** The maximum number of files in one log line. */
const filesPerLine = 200;

/** So that an administrator can undo the change. */
function logFormerModes(logger: Logger, former: FormerModes): void {
  for (const some of chunksOf(Object.entries(former), filesPerLine)) {
    const formerModes = some.map(([path, mode]) => `${mode.toString(8).padStart(4, '0')} ${path}`);
    logger.info({ formerModes }, 'removed the write bits of source files; previous modes');
  }
}

function countFile(
  { sizeBytes }: Pick<FileSource, 'sizeBytes'>,
  progress: TransferContext['progress'],
): void {
  progress.bytesTotal = sizeBytes;
  progress.filesTotal = 1;
  progress.addBytes(sizeBytes);
  progress.addFiles(1);
}

function linkImpossible(request: StagingRequest, reason: string, cause: unknown): StagingError {
  return new StagingError('LINK_IMPOSSIBLE', { kind: 'hard', path: request.source.given, reason }, { cause });
}
