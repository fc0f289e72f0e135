import { countMany, together } from '../../async/together.ts';
import type { DigestAlgorithm } from '../../model/digestAlgorithm.ts';
import { displayName, type FileName, joinNames } from '../../model/fileName.ts';
import type { Digests } from '../../model/operation.ts';
import { IoError } from '../io/ioFailure.ts';
import { Progress } from '../progress.ts';
import type { SmallCopy } from '../threads/smallFilesTask.ts';
import { createStorageThreads, fromThread, type StorageThreads } from '../threads/threadPool.ts';
import type { ClosedDirectory } from '../userArea/closedDirectory.ts';
import type { SpaceReservations } from '../userArea/spaceReservations.ts';
import type { Workspaces } from '../userArea/workspaces.ts';
import { smallFileBytes } from './partFile.ts';
import { smallPart } from './partNames.ts';

/** Copies of small files that are wanted at about the same time, made together in a thread. */
export interface SmallCopies extends Pick<StorageThreads, 'checkWorking' | 'close'> {
  /**
   * Copies and publishes a file. Undefined, with nothing done, if few are wanted at the moment, or if something about
   * it is unusual. The operation must be owned by this process for the next seconds.
   * @throws TARGET_DISTURBED, STORAGE_FAILED
   */
  copy(file: WantedCopy): Promise<SmallCopy | undefined>;
}

/** A file to copy, as the names from the roots of the storages. */
interface WantedCopy {
  readonly operationId: string;
  readonly source: readonly FileName[];
  /** The first name is the user area. */
  readonly target: readonly [FileName, ...FileName[]];
  readonly digests: readonly DigestAlgorithm[];
  readonly expectedDigests: Digests;
  readonly signal: AbortSignal;
}

interface SmallCopyServices {
  readonly sourceStoragePath: string;
  readonly targetStoragePath: string;
  readonly workspaces: Workspaces;
  readonly space: SpaceReservations;
}

/** How many files a task has, and how many tasks there are: one of them works while the other waits for the disk. */
const limits = { maxItems: 64, maxTasks: 2 };

/** How long after a request a file may still be published: the time for which its ownership is certain. */
const publishWithinNs = 15_000_000_000n;

interface PlacedCopy extends WantedCopy {
  readonly workspace: ClosedDirectory;
  readonly publishBefore: bigint;
}

/** Creates them, with a thread of their own: a large copy must not delay small ones. */
export function createSmallCopies(services: SmallCopyServices): SmallCopies {
  const threads = createStorageThreads({ parallelism: 1, tasksPerThread: limits.maxTasks });
  const areMany = countMany();
  const copyOne = together(async (files: readonly PlacedCopy[]) => {
    const wanted = files.filter(({ signal }) => !signal.aborted);
    const copies = await copyTogether(wanted, services, threads);
    return files.map((file) => copies[wanted.indexOf(file)]);
  }, limits);
  return {
    checkWorking: threads.checkWorking,
    close: threads.close,
    async copy(file) {
      if (!areMany()) return undefined;
      // For any error, copying it alone succeeds or reports it.
      const workspace = await services.workspaces.openRoot(file.target[0]).catch(() => undefined);
      if (!workspace) return undefined;
      const publishBefore = process.hrtime.bigint() + publishWithinNs;
      const copy = await copyOne({ ...file, workspace, publishBefore });
      if (!copy) file.signal.throwIfAborted();
      if (copy && 'side' in copy) throw fromThread(new IoError(copy), displayName(file.target.join('/')));
      return copy ?? undefined;
    },
  };
}

async function copyTogether(
  files: readonly PlacedCopy[],
  { space, sourceStoragePath, targetStoragePath }: SmallCopyServices,
  threads: StorageThreads,
) {
  const workspace = files[0]?.workspace;
  using reserved = workspace && (await space.reserveForSmall(workspace, files.length * smallFileBytes));
  if (!reserved) return [];
  return threads.run('copySmallFiles', {
    sources: sourceStoragePath,
    targets: targetStoragePath,
    workspaceFd: workspace.handle.fd,
    maxBytes: smallFileBytes,
    files: files.map(({ operationId, source, target, digests, expectedDigests, publishBefore }) => ({
      part: smallPart(operationId),
      source: joinNames(source),
      target: joinNames(target),
      digests,
      expectedDigests,
      publishBefore,
    })),
    progressMemory: new Progress().memory,
  });
}
