import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/configError.ts';
import { StagingError } from '../errors/stagingError.ts';
import type { FindMethod } from '../executor/executor.ts';
import type { ExecutorServices, OpenQueue } from '../executor/executorServices.ts';
import { claimWaiting } from '../executor/local/claimWaiting.ts';
import { createLocalExecutor } from '../executor/local/localExecutor.ts';
import { startRecovery } from '../executor/recovery.ts';
import { createClaimedRecord } from '../executor/run/claimedRecord.ts';
import type { StagingMethodName } from '../model/methods.ts';
import { workerId } from '../process/workerId.ts';
import type { OperationObserver, OperationRecord } from '../record/operationRecord.ts';
import { createCopyLeftoverRemover } from '../staging/copyLeftovers.ts';
import type { CloserServices, LeftoverRemover } from '../staging/leftovers.ts';
import { createTargetLocks } from '../staging/targetLocks.ts';
import { createBandwidth } from '../storage/bandwidth.ts';
import { createSharedReads } from '../storage/copy/sharedReads.ts';
import { createStorageThreads } from '../storage/threads/threadPool.ts';
import { createSpaceReservations } from '../storage/userArea/spaceReservations.ts';
import { createWorkspaces } from '../storage/userArea/workspaces.ts';
import { checkUserAreas, createDependencies, type Dependencies, openSourceStorage } from './dependencies.ts';
import { addRecord } from './recordDependencies.ts';
import { warnOfSharedUser } from './sharedUser.ts';

/** What methods are made of. */
export type MethodServices = Omit<Dependencies, 'executor'>;

/** Copies of objects mostly wait for the network. */
const objectPool = { parallelism: 2, tasksPerThread: 16 };

/** What differs between functions that stage. */
export interface StagingNeeds {
  /** Whether data is put into user areas: they must exist, and leftovers of interrupted copies are removed. */
  readonly hasUserAreas?: boolean;
  /** Removes leftovers of interrupted uploads; without it they are left to a function that can. */
  readonly createUploadRemover?: (services: CloserServices) => LeftoverRemover;
  /** Finds methods for operations that run without their client; without it none can be submitted. */
  readonly createMethodFinder?: (services: MethodServices) => FindMethod;
  /** Wraps the record before anything uses it. */
  readonly wrapRecord?: (operations: OperationRecord) => OperationRecord;
  /** Observes all operations of the process. */
  readonly observer?: OperationObserver;
  /** Whether a database that does not answer is waited for, as workers do. */
  readonly waitsForDatabase?: boolean;
  /** The worker id of this process, if it is not the default one. */
  readonly worker?: string;
  /**
   * The methods whose operations this process claims at its start, if they are queued for workers: only if it runs its
   * operations itself.
   */
  readonly claims?: readonly StagingMethodName[];
  /** Opens the queue of workers; without it, settings that name one are refused. */
  readonly openQueue?: (services: ExecutorServices) => Promise<OpenQueue>;
}

/**
 * Creates what functions have that stage: the storages are checked, the database is migrated, and operations that an
 * earlier process left unfinished are closed.
 * @throws ConfigError, StagingError DATABASE_UNAVAILABLE
 */
export async function createStagingDependencies(config: Config, needs: StagingNeeds): Promise<Dependencies> {
  if (config.queue && !needs.openQueue) {
    throw new ConfigError(
      'EXECUTOR is "bullmq", and must be in-process or lambda for a function that runs by itself',
    );
  }
  const common = await createDependencies(config);
  const sourceStorage = await openSourceStorage(config);
  if (needs.hasUserAreas) {
    await checkUserAreas(config);
    await warnOfSharedUser(config, common.logger);
  }
  const record = await addRecord(common, {
    ...needs,
    ...(config.invocation && { wrapRecord: createClaimedRecord }),
  });
  const { operations, logger, atShutDown, onSchedule } = record;
  const threads = createStorageThreads({ isLimited: config.bandwidthLimit !== undefined });
  atShutDown(() => threads.close());
  const objectThreads = createStorageThreads(objectPool);
  atShutDown(() => objectThreads.close());
  const sharedReads = createSharedReads();
  atShutDown(() => sharedReads.close());
  const workspaces = createWorkspaces(config.targetStoragePath, threads);
  atShutDown(() => workspaces.close());
  const userAreas = {
    targetStoragePath: config.targetStoragePath,
    threads,
    workspaces,
    space: createSpaceReservations(config.targetStoragePath, operations),
    areCreated: config.areUserAreasCreated,
    worker: needs.worker ?? workerId(config.instance),
  };
  const shareBandwidth = createBandwidth(config.bandwidthLimit);
  const services = {
    ...record,
    sourceStorage,
    userAreas,
    sharedReads,
    threads,
    objectThreads,
    shareBandwidth,
  };
  const findMethod = needs.createMethodFinder?.(services) ?? findNoMethod;
  const executor = createLocalExecutor({
    config,
    findMethod,
    operations,
    procedure: { ...services, targetLocks: createTargetLocks(), digests: config.digests },
    logger,
    concurrency: config.concurrency,
    shareBandwidth,
  });
  const leftoverRemovers = [
    ...(needs.hasUserAreas ? [createCopyLeftoverRemover(userAreas)] : []),
    ...(needs.createUploadRemover ? [needs.createUploadRemover({ config, logger })] : []),
  ];
  const chosen = await chooseExecutor({ ...services, executor, findMethod, leftoverRemovers }, needs);
  const { queue, invocations } = chosen;
  atShutDown(() => chosen.executor.shutDown(config.shutdownTimeoutMs));
  const interrupted = await startRecovery({ operations, logger, leftoverRemovers, queued: queue?.recovery });
  atShutDown(interrupted.stop);
  onSchedule(interrupted.closeNow);
  if (invocations) onSchedule(invocations.reinvocation.now);
  return { ...services, executor: chosen.executor, queue: queue?.state, invocations };
}

/** The executor that `EXECUTOR` selects, over the executor of this process, which runs what only this process can. */
async function chooseExecutor(services: ExecutorServices, { openQueue, claims }: StagingNeeds) {
  const { config, executor: local } = services;
  const queue = await openQueue?.(services);
  if (queue) return { executor: queue.executor, queue };
  if (config.invocation) {
    const { openInvocations } = await import('../executor/lambda/openInvocations.ts');
    const invocations = openInvocations(services, config.invocation);
    return { executor: invocations.executor, invocations };
  }
  return { executor: claims ? claimWaiting(services, claims) : local };
}

const findNoMethod: FindMethod = async () => {
  throw new StagingError('NOT_RETRYABLE', {
    reason: 'this function runs operations only for their own requests',
  });
};
