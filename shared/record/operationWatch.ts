import { AsyncResource } from 'node:async_hooks';
import type { Logger } from 'pino';
import { maySee, theService, type Viewer } from '../model/caller.ts';
import { chunksOf } from '../model/chunks.ts';
import { hasEnded, type Operation } from '../model/operation.ts';
import { createTransferSpeeds, type TransferSpeed } from '../model/operations/transferSpeed.ts';
import { createChangeFeed } from './changeFeed.ts';
import type { OperationRecord } from './operationRecord.ts';

/** How often the database is polled for the watched operations, in ms. */
const pollMs = 1000;

/** The growth factor of the pauses, up to `pollMs`. */
const pauseGrowth = 1.5;

/** The maximum number of operations in one polling statement. */
const operationsPerPoll = 1000;

type Listener = (operation: Operation) => void;

/** Reports changes of operations, by any process. */
export interface OperationWatch {
  /** The operation, if the viewer may see it, at most about a second old. The database is not queried while the operation is watched. */
  find(id: string, viewer: Viewer): Promise<Operation | null>;
  /** Reads an operation now, if it is watched, because a change of it was announced. Never rejects. */
  refresh(id: string): Promise<void>;
  /** Calls the listener with each newer state of one operation. @returns a function that removes the listener */
  watchOne(operation: Operation, listener: Listener): () => void;
  /** Sets the starting point for changes; to be awaited right before each `watchAll`. */
  prepare(): Promise<void>;
  /**
   * Calls the listener with the states of all operations written from now on that the viewer may see. @returns a function that removes the
   * listener
   */
  watchAll(listener: Listener, viewer: Viewer): () => void;
  /** Everything written before this time has been reported to the listeners of `watchAll`. */
  cursor(): Date;
  /** The rate of an operation: as measured while it was watched, else since its start. */
  speedOf(operation: Operation): TransferSpeed;
  /**
   * Resolves when the operation's phase differs from that at the time it was read, when the signal aborts, or when the
   * watch is closed. Never rejects: the caller reads the operation once more.
   */
  whenPhaseChanged(operation: Operation, signal: AbortSignal): Promise<void>;
  /** Resolves with the operation when it has ended, in any process; undefined when the signal aborts, or as above. */
  whenEnded(operation: Operation, signal: AbortSignal): Promise<Operation | undefined>;
  /**
   * Ends all waits for a phase, current and later ones, and stops polling: only operations read by `refresh` are still
   * reported.
   */
  close(): void;
}

interface WatchOptions {
  /**
   * How soon an operation is read after it began to be watched, in ms, if other processes run most of them and send no
   * message. Later polls are less and less frequent.
   */
  readonly firstPollMs?: number;
}

type WatchedRecord = Pick<OperationRecord, 'find' | 'findSome' | 'findChanges' | 'onPhase'>;

/**
 * The one watch of a process: it polls the database once a second for everything that is watched, for any number of
 * listeners, and is notified immediately of what the process itself records. Without listeners, it does not poll.
 */
export function createOperationWatch(
  operations: WatchedRecord,
  logger: Logger,
  { firstPollMs = pollMs }: WatchOptions = {},
): OperationWatch {
  const watched = createWatchedOperations();
  const listenersToAll = new Set<Listener>();
  const feed = createChangeFeed(operations);
  const speeds = createTransferSpeeds();
  let expected = 0;
  const waiting = new Set<() => void>();
  const reads = new Map<string, Promise<Operation | null>>();
  let timer: NodeJS.Timeout | undefined;
  let pauseMs = pollMs;
  let isClosed = false;

  const notify = (operation: Operation) => {
    if (listenersToAll.size === 0 && !watched.latest(operation.id)) return;
    speeds.observe(operation);
    watched.tell(operation);
    if (listenersToAll.size > 0 && feed.markSeen(operation)) {
      for (const listener of listenersToAll) listener(operation);
    }
  };
  const unsubscribe = operations.onPhase(notify);

  const notifyFailure = (error: unknown) =>
    logger.warn({ err: error }, 'could not read changes of operations; retrying in a second');
  const pollAll = async () => {
    for await (const changed of feed.poll()) for (const operation of changed) notify(operation);
  };
  const poll = async () => {
    for (const ids of chunksOf(watched.ids(), operationsPerPoll)) {
      for (const operation of await operations.findSome(ids)) notify(operation);
    }
    if (listenersToAll.size > 0) await pollAll();
  };
  // Not in the context of the request that happens to start it, because its log lines would have that request's id.
  const pollSoon = AsyncResource.bind(() => {
    if (isClosed) return;
    const isNobodyThere = listenersToAll.size === 0 && expected === 0;
    if (isNobodyThere) feed.rest();
    if (isNobodyThere && watched.ids().length === 0) return speeds.forgetAll();
    timer ??= setTimeout(async () => {
      await poll().catch(notifyFailure);
      timer = undefined;
      pauseMs = Math.min(pauseMs * pauseGrowth, pollMs);
      pollSoon();
    }, pauseMs).unref();
  });

  const read = (id: string) => {
    const reading = reads.get(id) ?? operations.find(id, theService).finally(() => reads.delete(id));
    reads.set(id, reading);
    return reading;
  };
  const watchOne: OperationWatch['watchOne'] = (operation, listener) => {
    if (isClosed) return () => undefined;
    speeds.observe(operation);
    const stop = watched.add(operation, listener);
    pauseMs = firstPollMs;
    pollSoon();
    return () => {
      stop();
      if (!watched.latest(operation.id) && listenersToAll.size === 0) speeds.forget(operation.id);
    };
  };
  const whenIt = (isIt: (newer: Operation) => boolean, operation: Operation, signal: AbortSignal) =>
    new Promise<Operation | undefined>((settle) => {
      if (isClosed || signal.aborted) return settle(undefined);
      const stopWatching = watchOne(operation, (newer) => isIt(newer) && end(newer));
      const end = (newer?: Operation) => {
        stopWatching();
        waiting.delete(stop);
        signal.removeEventListener('abort', stop);
        settle(newer);
      };
      const stop = () => end();
      waiting.add(stop);
      signal.addEventListener('abort', stop, { once: true });
    });
  return {
    async find(id, viewer) {
      const operation = watched.latest(id) ?? (await read(id));
      return operation && maySee(viewer, operation) ? operation : null;
    },
    async refresh(id) {
      if (!watched.latest(id)) return;
      const operation = await operations.find(id, theService).catch(notifyFailure);
      if (operation) notify(operation);
    },
    watchOne,
    async prepare() {
      expected += 1;
      try {
        if (!feed.cursor) await pollAll();
      } catch (error) {
        expected -= 1;
        throw error;
      }
    },
    watchAll(listener, viewer) {
      expected -= 1;
      const listen = (operation: Operation) => void (maySee(viewer, operation) && listener(operation));
      if (!isClosed) listenersToAll.add(listen);
      pollSoon();
      return () => void listenersToAll.delete(listen);
    },
    cursor: () => feed.cursor ?? new Date(),
    speedOf: speeds.of,
    async whenPhaseChanged(operation, signal) {
      await whenIt(({ phase }) => phase !== operation.phase, operation, signal);
    },
    async whenEnded(operation, signal) {
      return hasEnded(operation) ? operation : whenIt(hasEnded, operation, signal);
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      unsubscribe();
      listenersToAll.clear();
      for (const resolve of waiting) resolve();
    },
  };
}

/** The operations that are watched individually, each with its last known state and its listeners. */
function createWatchedOperations() {
  const watched = new Map<string, { latest: Operation; readonly listeners: Set<Listener> }>();
  const notify = (operation: Operation) => {
    const entry = watched.get(operation.id);
    if (!entry || operation.revision <= entry.latest.revision) return;
    entry.latest = operation;
    for (const listener of entry.listeners) listener(operation);
  };
  return {
    ids: () => [...watched.keys()],
    latest: (id: string) => watched.get(id)?.latest,
    tell: notify,
    add(operation: Operation, listener: Listener): () => void {
      const { id } = operation;
      const entry = watched.get(id) ?? { latest: operation, listeners: new Set() };
      // It may have been read before a change that was already reported, or after one that was not.
      const { latest } = entry;
      notify(operation);
      // All listeners may have left, and removed the entry.
      watched.set(id, entry);
      const own = (newer: Operation) => listener(newer);
      entry.listeners.add(own);
      if (latest.revision > operation.revision) queueMicrotask(() => entry.listeners.has(own) && own(latest));
      return () => {
        entry.listeners.delete(own);
        if (entry.listeners.size === 0 && watched.get(id) === entry) watched.delete(id);
      };
    },
  };
}
