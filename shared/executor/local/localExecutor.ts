import { AsyncResource } from 'node:async_hooks';
import { withResolvers } from '../../async/abortSignals.ts';
import { withDeadline } from '../../async/coalesce.ts';
import { StagingError } from '../../errors/stagingError.ts';
import type { ShareBandwidth } from '../../storage/bandwidth.ts';
import type { Executor } from '../executor.ts';
import type { RunContext } from '../run/runContext.ts';
import { type RecordedServices, runRecorded } from '../run/runRecorded.ts';
import { runRequest } from '../run/runRequest.ts';
import { pollAbortRequests, sendHeartbeats, writeProgress } from './lease.ts';
import { createRunningOperations } from './runningOperations.ts';
import { createWaitingOperations } from './waitingOperations.ts';

interface LocalServices extends RecordedServices {
  /** How many operations of one method run at the same time. */
  readonly concurrency: number;
  readonly shareBandwidth: ShareBandwidth;
}

/**
 * Runs operations in this process, up to a limit for each method. Further ones are queued, fairly between users: the
 * record of a submitted one is read when it gets a slot.
 */
export function createLocalExecutor(services: LocalServices): Executor {
  const stopping = new AbortController();
  const stopped = new AbortController();
  const running = createRunningOperations(services.shareBandwidth);
  const { bytesMoved } = running;
  const waiting = createWaitingOperations({
    ...services,
    places: services.concurrency,
    bytesMoved,
    signal: stopping.signal,
  });
  let slotsTaken = 0;
  const idleness = createIdleness(() => running.size + waiting.size + waiting.refusals + slotsTaken === 0);

  const begin = (id: string, work: (context: RunContext) => Promise<void>) => {
    // Its slot is freed before it is forgotten: its bytes are then charged to its user.
    const workInSlot = (context: RunContext) => work(context).then(() => waiting.end(id));
    void running.begin(id, workInSlot).then(() => {
      beginNext();
      idleness.check();
    });
  };
  const beginNext = () => {
    for (const { id, waiter } of waiting.dequeue()) {
      begin(id, waiter?.work ?? ((context) => runRecorded(services, id, context)));
    }
  };
  const abortSome = async (ids: readonly string[]) => {
    const reason = new StagingError('ABORTED');
    await Promise.all([waiting.reject(ids, reason), running.stop(ids, reason)]);
    idleness.check();
  };
  const interrupt = async () => {
    const reason = new StagingError('INTERRUPTED');
    await Promise.all([waiting.rejectAll(reason), running.stopAll(reason)]);
    idleness.check();
  };
  const lease = { ...services, progress: running.progress, signal: stopped.signal };
  sendHeartbeats(lease);
  writeProgress(lease);
  pollAbortRequests({
    ...lease,
    isBusy: () => running.size + waiting.size > 0,
    abort: (ids) => void abortSome(ids),
  });
  return {
    run(method, request) {
      const { operationId: id, username: user } = request;
      return new Promise((resolve, reject) => {
        // In the context of the caller, for the log, and not of the operation that frees the slot.
        const work = AsyncResource.bind((context: RunContext) =>
          runRequest(services, method, request, context).then(resolve, reject),
        );
        if (method.isPacedByClient) return begin(id, work);
        waiting.add({ id, method: method.name, user }, { work, reject });
        beginNext();
      });
    },
    takeSlot(method, { operationId: id, username: user }) {
      if (stopping.signal.aborted) return undefined;
      const isFree = method.isPacedByClient || waiting.take({ id, method: method.name, user });
      if (!isFree) return undefined;
      slotsTaken += 1;
      return {
        run(by, request, started) {
          slotsTaken -= 1;
          return new Promise((resolve, reject) => {
            begin(id, (context) => runRequest(services, by, request, context, started).then(resolve, reject));
            // It was recorded while everything that ran was interrupted.
            if (stopping.signal.aborted) void running.stop([id], new StagingError('INTERRUPTED'));
          });
        },
        free() {
          slotsTaken -= 1;
          waiting.end(id);
          beginNext();
          idleness.check();
        },
      };
    },
    submit(submitted) {
      for (const { id, method, username } of submitted) {
        const queued = { id, method: method ?? '', user: username ?? '' };
        const wait = () => waiting.add(queued);
        // An earlier attempt may be recorded as ended and still be ending.
        const earlier = running.whenEnded(id);
        if (earlier) void earlier.then(wait).then(beginNext);
        else wait();
      }
      beginNext();
    },
    abort: (id) => abortSome([id]),
    forget(ids) {
      waiting.drop(ids);
      idleness.check();
    },
    interrupt,
    whenIdle: () => idleness.whenIdle(),
    queues: waiting.states,
    async shutDown(timeoutMs) {
      await idleness.whenIdle(timeoutMs);
      stopping.abort();
      await interrupt();
      await waiting.whenRefused();
      stopped.abort();
    },
  };
}

/** Lets callers wait until the executor is idle. */
interface Idleness {
  /** To be called when an operation has ended. */
  check(): void;
  /** Resolves when the executor is idle, or after a time in ms. */
  whenIdle(timeoutMs?: number): Promise<void>;
}

/** Notifies the waiters when the executor becomes idle. */
function createIdleness(isIdle: () => boolean): Idleness {
  const waiters = new Set<() => void>();
  return {
    check() {
      if (isIdle()) for (const settle of waiters) settle();
    },
    async whenIdle(timeoutMs = Number.POSITIVE_INFINITY) {
      if (isIdle()) return;
      const { promise: idle, resolve } = withResolvers();
      waiters.add(resolve);
      await withDeadline(idle, timeoutMs);
      waiters.delete(resolve);
    },
  };
}
