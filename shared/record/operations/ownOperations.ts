import type { Operation } from '../../model/operation.ts';
import type { OperationDatabase, ReadRow } from '../database/tables.ts';
import type { OperationObserver } from '../operationRecord.ts';
import { toOperation } from '../rows/readOperations.ts';

/** The phases in which an operation has an owner. */
export const unfinished = ['EXECUTING', 'QUEUED'] as const;

export type UnfinishedPhase = (typeof unfinished)[number];

/** How many of the operations that this worker has recorded or started last are cached in that state. */
const rowsRemembered = 1000;

/** What this process knows of its own operations without reading them, and its listeners. */
export interface OwnOperations {
  /** An operation as this process has written it, if that was in this phase. */
  remembered(id: string, phase?: UnfinishedPhase): ReadRow | undefined;
  /** Caches a written row, as long as it is this worker's, or queued. */
  remember(row: ReadRow): void;
  /** To be called when operations were changed by other statements. */
  forget(ids: Iterable<string>): void;
  /** Whether this worker started the operation less than this time ago, in ms, and has not ended it. */
  isStartedWithin(id: string, ms: number): boolean;
  /** The insertions of operations that already run; failed ones until the operations have ended. */
  readonly starts: Map<string, Promise<void>>;
  /** When the operations that this worker claimed early and has not ended have started. */
  readonly claimStarts: Map<string, { readonly startedAt: Date; isRecorded: boolean }>;
  /** Notifies the listeners of a row that this process has changed, and caches it. */
  notify(row: ReadRow): Operation;
  emitPhase(operation: Operation): void;
  /** Notifies all observers. */
  readonly observers: Pick<OperationObserver, 'started' | 'ended'>;
  /** To be called when this process has finished with an operation. */
  leave(id: string): void;
  /** See `OperationRecord`. */
  observe(observer: OperationObserver): void;
  /** See `OperationRecord`. */
  onPhase(listener: (operation: Operation) => void): () => void;
}

/** The operations of a worker. */
export function createOwnOperations(
  { onUnavailable }: Pick<OperationDatabase, 'onUnavailable'>,
  worker: string,
): OwnOperations {
  const rows = new Map<string, ReadRow>();
  const phaseListeners = new Set<(operation: Operation) => void>();
  const observers: OperationObserver[] = [];
  const claimStarts: OwnOperations['claimStarts'] = new Map();

  function remember(row: ReadRow): void {
    rows.delete(row.id);
    const isOurs = row.worker === worker || (row.worker === null && row.phase === 'QUEUED');
    if (isOurs && unfinished.some((phase) => phase === row.phase)) rows.set(row.id, row);
    const [oldest] = rows.keys();
    if (oldest !== undefined && rows.size > rowsRemembered) rows.delete(oldest);
  }

  function emitPhase(operation: Operation): void {
    for (const emit of phaseListeners) emit(operation);
  }

  return {
    remembered(id, phase) {
      const row = rows.get(id);
      return phase === undefined || row?.phase === phase ? row : undefined;
    },

    remember,

    forget(ids) {
      for (const id of ids) rows.delete(id);
    },

    isStartedWithin(id, ms) {
      const ageMs = Date.now() - (rows.get(id)?.startedAt?.getTime() ?? 0);
      return ageMs >= 0 && ageMs < ms;
    },

    starts: new Map(),

    claimStarts,

    notify(row) {
      remember(row);
      const operation = toOperation(row);
      emitPhase(operation);
      return operation;
    },

    emitPhase,

    observers: {
      started(operation) {
        for (const observer of observers) observer.started(operation);
      },
      ended(operation) {
        for (const observer of observers) observer.ended(operation);
      },
    },

    leave(id) {
      claimStarts.delete(id);
      for (const observer of observers) observer.left(id);
    },

    observe(observer) {
      observers.push(observer);
      onUnavailable(observer.databaseUnavailable);
    },

    onPhase(listener) {
      phaseListeners.add(listener);
      return () => void phaseListeners.delete(listener);
    },
  };
}
