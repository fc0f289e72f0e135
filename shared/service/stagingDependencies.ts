import { every } from '../async/interval.ts';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/configError.ts';
import { StagingError } from '../errors/stagingError.ts';
import { type Bell, createSweep } from '../executor/bell.ts';
import type { RedisBell, RedisBellServices } from '../executor/bullmq/redisBell.ts';
import { createExecutor } from '../executor/createExecutor.ts';
import type { FindMethod } from '../executor/executor.ts';
import { startExpiry } from '../executor/expiry.ts';
import type { InvocationBell, openInvocationBell } from '../executor/lambda/invocationBell.ts';
import { startRecovery } from '../executor/recovery.ts';
import type { StagingMethodName } from '../model/methods.ts';
import { workerId } from '../process/workerId.ts';
import {
  type CloserServices,
  createCopyLeftoverRemover,
  type LeftoverRemover,
} from '../staging/leftovers.ts';
import { createTargetLocks } from '../staging/stagingProcedure.ts';
import { createBandwidth } from '../storage/bandwidth.ts';
import type { RuleKeeper } from '../storage/catalogue.ts';
import { createSharedReads } from '../storage/copy/sharedReads.ts';
import { createSmallCopies } from '../storage/copy/smallCopies.ts';
import { createStorageThreads } from '../storage/threads/threadPool.ts';
import { createSpaceReservations } from '../storage/userArea/spaceReservations.ts';
import { createWorkspaces } from '../storage/userArea/workspaces.ts';
import { checkUserAreas, createDependencies, type Dependencies, openSourceStorage } from './dependencies.ts';
import { addRecord, type RecordDependencies, type RecordNeeds } from './recordDependencies.ts';

/** The dependencies of staging methods. */
export type MethodServices = Omit<Dependencies, 'executor'>;

/** Copies of objects mostly wait for the network. */
const objectPool = { parallelism: 2, tasksPerThread: 16 };

/** How often to check for dead processes, and where there are workers, in ms. */
const recoveryMs = 30_000;
const workerRecoveryMs = 5000;

/** How often to sweep for queued operations, and how long they are queued before that, in ms. */
const sweepMs = 5000;

/** The page size of the sweep. */
const sweepRows = 1000;

/** The options of functions that stage. */
export interface StagingNeeds extends Omit<RecordNeeds, 'sharesQueue'> {
  /** Whether data is staged into user areas: they must exist, and leftovers of interrupted copies are removed. */
  readonly hasUserAreas?: boolean;
  /** Removes leftovers of interrupted uploads; without it they are left to a function that can. */
  readonly createUploadRemover?: (services: CloserServices) => LeftoverRemover;
  /** Finds methods for operations that run without their client; without it none can be submitted. */
  readonly createMethodFinder?: (services: MethodServices) => FindMethod;
  /**
   * The methods whose queued operations this process claims, including those of other processes, as long as it lives.
   * Without it, and without another bell, only this process runs the operations that it queues.
   */
  readonly claims?: readonly StagingMethodName[];
  /** Opens the bell of workers; without it, settings for workers are refused. */
  readonly openBell?: (services: RedisBellServices) => Promise<RedisBell>;
  /** Whether interrupted operations are released to others. */
  readonly releases?: boolean;
}

/**
 * Creates the dependencies of functions that stage: the storages are checked, the database is migrated, and operations
 * that an earlier process left unfinished are closed.
 * @throws ConfigError, StagingError DATABASE_UNAVAILABLE
 */
export async function createStagingDependencies(config: Config, needs: StagingNeeds): Promise<Dependencies> {
  if (config.queue && !needs.openBell) {
    throw new ConfigError(
      'EXECUTOR is "bullmq", and must be in-process or lambda for a function that runs by itself',
    );
  }
  const common = await createDependencies(config);
  const sourceStorage = await openSourceStorage(config);
  if (needs.hasUserAreas) await checkUserAreas(config, common.logger);
  const sharesQueue = Boolean(needs.claims ?? needs.openBell ?? config.invocation);
  const record = await addRecord(common, { ...needs, sharesQueue });
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
    areTreesDigested: config.areTreesDigested,
    worker: needs.worker ?? workerId(config.instance),
  };
  const smallCopies = createSmallCopies({ ...config, ...userAreas });
  atShutDown(() => smallCopies.close());
  const shareBandwidth = createBandwidth(config.bandwidthLimit);
  const services = {
    ...record,
    sourceStorage,
    userAreas,
    sharedReads,
    smallCopies,
    threads,
    objectThreads,
    shareBandwidth,
  };
  const findMethod = needs.createMethodFinder?.(services) ?? findNoMethod;
  const leftoverRemovers = [
    ...(needs.hasUserAreas ? [createCopyLeftoverRemover(userAreas)] : []),
    ...(needs.createUploadRemover ? [needs.createUploadRemover({ config, logger })] : []),
  ];
  const invocations =
    config.invocation &&
    (await openInvocations({ ...record, findMethod, leftoverRemovers }, config.invocation));
  const redis = await needs.openBell?.(record);
  const rules = await openRules(record);
  const { executor, bell } = createExecutor({
    ...record,
    rules,
    findMethod,
    procedure: { ...services, targetLocks: createTargetLocks(), digests: config.digests },
    leftoverRemovers,
    concurrency: config.concurrency,
    shareBandwidth,
    sharesQueue,
    releases: needs.releases ?? invocations !== undefined,
    openBell: (redis ?? invocations)?.open,
  });
  atShutDown(() => executor.shutDown(config.shutdownTimeoutMs));
  const recovery = await startRecovery({
    operations,
    logger,
    leftoverRemovers,
    // Invocations are not workers: their unfinished operations are closed.
    bell: invocations || !sharesQueue ? undefined : bell,
    everyMs: redis ? workerRecoveryMs : recoveryMs,
  });
  atShutDown(recovery.stop);
  onSchedule(recovery.closeNow);
  if (needs.hasUserAreas) {
    const expiry = startExpiry({ operations, userAreas, logger });
    atShutDown(expiry.stop);
    onSchedule(expiry.removeNow);
  }
  if (invocations) onSchedule(invocations.sweep);
  else if (sharesQueue) await startSweep(record, bell, needs.claims, redis);
  return { ...services, executor, queue: redis?.state, invocations };
}

/** Loaded only if rules are enabled. */
async function openRules(record: RecordDependencies): Promise<RuleKeeper | undefined> {
  const { rucio } = record.config;
  if (!rucio?.areRulesMade && !rucio?.areReplicasPinned) return undefined;
  return (await import('../rucio/ruleKeeper.ts')).startRuleKeeper(rucio, record);
}

async function openInvocations(...given: Parameters<typeof openInvocationBell>): Promise<InvocationBell> {
  const { openInvocationBell } = await import('../executor/lambda/invocationBell.ts');
  return openInvocationBell(...given);
}

/** Rings for operations that were queued before the start, and periodically for lost notifications. */
async function startSweep(
  { operations, logger, atShutDown }: RecordDependencies,
  bell: Bell,
  claims: readonly string[] | undefined,
  redis: RedisBell | undefined,
): Promise<void> {
  const stopping = new AbortController();
  const isServed = (method: string | null) => redis !== undefined || claims?.includes(method ?? '') === true;
  const sweep = createSweep({ operations, bell, pageRows: sweepRows, settledMs: sweepMs, isServed });
  const sweepInTurn = async () => {
    if (!redis || (await redis.isTurn(sweepMs - 500))) await sweep();
  };
  const onError = (error: unknown) =>
    logger.warn({ err: error }, 'could not search for queued operations; retrying soon');
  if (!redis) sweep(0).catch(onError);
  void every(sweepMs, sweepInTurn, { signal: stopping.signal, onError });
  atShutDown(async () => stopping.abort());
}

const findNoMethod: FindMethod = async () => {
  throw new StagingError('NOT_RETRYABLE', {
    reason: 'this function runs operations only for their own requests',
  });
};
