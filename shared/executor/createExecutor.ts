import { EventEmitter, once } from 'node:events';
import { withDeadline } from '../async/coalesce.ts';
import { StagingError, toStagingError } from '../errors/stagingError.ts';
import { theService } from '../model/caller.ts';
import type { OperationWatch } from '../record/operationWatch.ts';
import type { QueuedOperation } from '../record/queueRecord.ts';
import type { ShareBandwidth } from '../storage/bandwidth.ts';
import { type OpenBell, openLocalBell, type RunEnd } from './bell.ts';
import { type Executor, runsWhereRequested } from './executor.ts';
import { keepLease } from './lease.ts';
import { createEarlyClaims } from './queue/earlyClaims.ts';
import { createMethodQueues } from './queue/methodQueues.ts';
import { createWaitingCalls } from './queue/waitingCalls.ts';
import { endUnowned, failureOf } from './run/operationEnd.ts';
import { createQueuedRuns } from './run/queuedRuns.ts';
import { createRunningOperations } from './run/runningOperations.ts';
import { type RunContext, type RunServices, runOperation } from './run/runOperation.ts';

interface ExecutorServices extends RunServices {
  readonly operationWatch: OperationWatch;
  /** How many operations of one method run at the same time. */
  readonly concurrency: number;
  readonly shareBandwidth: ShareBandwidth;
  /** The bell of workers or other invocations; by default this process runs the operations that it queues. */
  readonly openBell?: OpenBell | undefined;
}

/** Creates the executor of a process, and its bell. */
export function createExecutor(services: ExecutorServices) {
  const { operations, operationWatch, logger, sharesQueue, openBell } = services;
  const stopping = new AbortController();
  const stopped = new AbortController();
  const running = createRunningOperations(services.shareBandwidth);
  const queues = createMethodQueues(services.concurrency, running.bytesMoved);
  const calls = createWaitingCalls(operationWatch);
  const claims = createEarlyClaims({ operations, logger, signal: stopping.signal });
  /** Work that is neither queued nor running, and must end before the process does. */
  const unfinished = new Set<Promise<unknown>>();
  let slotsTaken = 0;
  const idleness = new EventEmitter().setMaxListeners(0);
  const isIdle = () => running.size + queues.size + unfinished.size + slotsTaken === 0;
  const noteIfIdle = () => void (isIdle() && idleness.emit('idle'));
  const whenIdle = async () => void (isIdle() || (await once(idleness, 'idle')));

  const finish = async (work: Promise<unknown>) => {
    unfinished.add(work);
    await work.finally(() => unfinished.delete(work));
    noteIfIdle();
  };
  const isOwn = (id: string) => !sharesQueue || calls.find(id)?.isOwn === true;

  const begin = async (id: string, work: (context: RunContext) => Promise<RunEnd>): Promise<RunEnd> => {
    let end: RunEnd = 'ended';
    await running.begin(id, async (context) => {
      let hasSlot = true;
      const freeSlot = () => {
        if (!hasSlot) return;
        hasSlot = false;
        // Before it is forgotten: its bytes are then charged to its user.
        queues.end(id);
        beginNext();
      };
      end = await work({ ...context, onStaged: freeSlot });
      freeSlot();
    });
    noteIfIdle();
    return end;
  };
  const beginNext = () => {
    for (const id of queues.dequeue()) void begin(id, (context) => runQueued(id, context));
  };
  const runQueued = createQueuedRuns(services, { calls, claims, queues, isOwn });

  const offer = (offered: readonly QueuedOperation[]) => {
    const before = queues.size;
    for (const operation of offered) {
      // An earlier attempt may be recorded as ended while it is still ending.
      const earlier = running.whenEnded(operation.id);
      if (earlier) void earlier.then(() => offer([operation]));
      else if (!stopping.signal.aborted || isOwn(operation.id)) queues.add(operation);
    }
    const added = queues.size - before;
    beginNext();
    return added;
  };
  const bell = (openBell ?? openLocalBell)({
    offer,
    async claimAndRun(id) {
      if (stopping.signal.aborted) return 'released';
      // An operation that this process lost to another, and may claim again: not before the first run has ended.
      if (running.whenEnded(id)) return 'skipped';
      return begin(id, (context) => runQueued(id, context));
    },
  });

  /** If they cannot be returned, another process does so when this one is seen to be dead. */
  const returnClaims = async (ids: readonly string[]) => {
    if (ids.length === 0) return;
    await operations.returnClaims(ids).catch((cause: unknown) => {
      logger.error({ err: cause }, 'could not return operations to the queue');
    });
  };
  /** Ends operations that only this process could run, or has claimed to abort them, if they are queued. */
  const refuse = async (ids: readonly string[], reason: StagingError) => {
    const claimed = await claims.giveUp(ids);
    const isRefused = (id: string) => isOwn(id) || (reason.code === 'ABORTED' && claimed.includes(id));
    await returnClaims(claimed.filter((id) => !isRefused(id)));
    const refused = ids.filter(isRefused);
    if (refused.length === 0) return;
    const patience = { logger, signal: stopping.signal };
    await operations.failSome(refused, failureOf(reason), patience).catch((cause: unknown) => {
      logger.error({ err: cause }, 'could not record the end of queued operations');
    });
    logger.info({ code: reason.code, operations: refused.length }, `queued operations: ${reason.message}`);
    for (const id of refused) calls.take(id)?.reject(reason);
  };
  /** Operations that others can run stay queued in the record. */
  const dropShared = () => {
    const removed = queues.removeAll();
    for (const id of removed) {
      const call = calls.find(id);
      if (call?.isOwn) queues.add({ id, method: call.method.name, username: call.request.username });
    }
    void finish(claims.giveUp(removed).then(returnClaims));
  };
  const abortHere = async (ids: readonly string[]) => {
    const reason = new StagingError('ABORTED');
    await Promise.all([finish(refuse(queues.remove(ids), reason)), running.stop(ids, reason)]);
  };
  const interrupt = async () => {
    const reason = new StagingError('INTERRUPTED');
    const refusal = refuse(queues.removeAll(), reason);
    calls.endAll();
    await Promise.all([finish(refusal), running.stopAll(reason)]);
  };

  keepLease({
    ...services,
    signal: stopped.signal,
    progress: running.progress,
    isBusy: () => running.size + queues.size > 0,
    abort: (ids) => void abortHere(ids),
  });
  const executor: Executor = {
    takeSlot(method, request) {
      const { operationId: id, username } = request;
      if (request.replicate) return undefined;
      if (stopping.signal.aborted || (openBell && !runsWhereRequested(method, request))) return undefined;
      const isFree = method.isPacedByClient || queues.take({ id, method: method.name, username });
      if (!isFree) return undefined;
      slotsTaken += 1;
      return {
        run(by, asked, { operation, recorded }) {
          slotsTaken -= 1;
          return new Promise((resolve, reject) => {
            void begin(id, (context) => {
              const given = { method: by, request: asked, reject };
              const end = runOperation(services, operation, context, given).then(resolve, reject);
              return end.then(() => 'ended');
            });
            recorded.catch((error: unknown) => running.stop([id], toStagingError(error)));
            // It was recorded while everything was being interrupted.
            if (stopping.signal.aborted) void running.stop([id], new StagingError('INTERRUPTED'));
          });
        },
        free() {
          slotsTaken -= 1;
          queues.end(id);
          beginNext();
          noteIfIdle();
        },
      };
    },
    run(method, request, operation, signal) {
      const isOwnCall = !sharesQueue || runsWhereRequested(method, request);
      const ended = calls.wait(operation, { method, request, isOwn: isOwnCall }, signal);
      if (isOwnCall) offer([operation]);
      else executor.submit([operation]);
      if (stopping.signal.aborted) calls.endAll();
      return ended;
    },
    submit(submitted) {
      void finish(bell.ring(submitted));
    },
    async abort(id) {
      await abortHere([id]);
      const operation = await operations.find(id, theService);
      if (operation?.phase !== 'QUEUED' || operation.worker !== null) return;
      await endUnowned(services, operation, new StagingError('ABORTED'));
      await Promise.all([operationWatch.refresh(id), bell.notifyEnd(id)]);
    },
    forget(ids) {
      // Those claimed here have not ended.
      queues.remove(ids.filter((id) => !claims.has(id)));
      noteIfIdle();
    },
    interrupt,
    whenIdle,
    queues: queues.states,
    async shutDown(timeoutMs) {
      stopping.abort();
      if (sharesQueue) dropShared();
      calls.endAll();
      const heard = bell.close();
      await withDeadline(whenIdle(), timeoutMs);
      await interrupt();
      await Promise.all([...unfinished, heard]);
      stopped.abort();
    },
  };
  return { executor, bell };
}
