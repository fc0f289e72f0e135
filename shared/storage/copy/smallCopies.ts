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

/** From this many files within this time on, in ms, copying them together pays off: also if a thread must start. */
const many = { files: 8, withinMs: 250 };

/** How many files a task has, and how many tasks there are: one of them works while the other waits for the disk. */
const maxFiles = 64;
const maxTasks = 2;

/** How long after a request a file may still be published: the time for which its ownership is certain. */
const publishWithinNs = 15_000_000_000n;

interface Waiting extends WantedCopy {
  readonly workspace: ClosedDirectory;
  readonly publishBefore: bigint;
  resolve(copy: SmallCopy | undefined): void;
  reject(error: unknown): void;
}

/** Creates them, with a thread of their own: a large copy must not delay small ones. */
export function createSmallCopies(services: SmallCopyServices): SmallCopies {
  const threads = createStorageThreads({ parallelism: 1, tasksPerThread: maxTasks });
  const waiting: Waiting[] = [];
  const wantedAt: number[] = [];
  let tasks = 0;
  const areMany = () => {
    wantedAt.push(performance.now());
    if (wantedAt.length < many.files) return false;
    const first = wantedAt.shift() ?? 0;
    return performance.now() - first < many.withinMs;
  };
  const runNext = async () => {
    if (tasks === maxTasks || waiting.length === 0) return;
    tasks += 1;
    const files = waiting
      .splice(0, maxFiles)
      .filter(({ signal, reject }) => !signal.aborted || reject(signal.reason));
    void runNext();
    try {
      const copies = await copyTogether(files, services, threads);
      for (const [index, { target, resolve, reject }] of files.entries()) {
        const copy = copies[index] ?? undefined;
        if (copy && 'side' in copy) reject(fromThread(new IoError(copy), displayName(target.join('/'))));
        else resolve(copy);
      }
    } catch (error) {
      for (const { reject } of files) reject(error);
    }
    tasks -= 1;
    void runNext();
  };
  return {
    checkWorking: threads.checkWorking,
    close: threads.close,
    async copy(file) {
      if (!areMany()) return undefined;
      // For any error, copying it alone succeeds or reports it.
      const workspace = await services.workspaces.openRoot(file.target[0]).catch(() => undefined);
      if (!workspace) return undefined;
      return new Promise((resolve, reject) => {
        const publishBefore = process.hrtime.bigint() + publishWithinNs;
        // Others that are wanted in this turn of the loop are in the same task.
        if (waiting.push({ ...file, workspace, publishBefore, resolve, reject }) === 1) setImmediate(runNext);
      });
    },
  };
}

async function copyTogether(
  waiting: readonly Waiting[],
  { space, sourceStoragePath, targetStoragePath }: SmallCopyServices,
  threads: StorageThreads,
) {
  const workspace = waiting[0]?.workspace;
  using reserved = workspace && (await space.reserveForSmall(workspace, waiting.length * smallFileBytes));
  if (!reserved) return [];
  return threads.run('copySmallFiles', {
    sources: sourceStoragePath,
    targets: targetStoragePath,
    workspaceFd: workspace.handle.fd,
    maxBytes: smallFileBytes,
    files: waiting.map(({ operationId, source, target, digests, expectedDigests, publishBefore }) => ({
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
