import * as z from 'zod';
import { maySee, type Viewer } from '../model/caller.ts';
import { chunksOf } from '../model/chunks.ts';
import type { Operation } from '../model/operation.ts';
import type { OperationChange } from '../model/operations/lifecycle.ts';
import type { OperationFilter } from '../model/operations/lists.ts';
import { textLimits, truncateText } from './database/tables.ts';
import type { OperationRecord } from './operationRecord.ts';

/**
 * How far each poll overlaps the previous one, in ms. A change is timestamped before it is written, by a clock that may
 * be a few seconds off, and a write may take 15 seconds (`mysql.ts`).
 */
const overlapMs = 20_000;

/** How many changes one statement reads. */
const changesPerRead = 1000;

/** How many operations one statement reads. */
const operationsPerRead = 500;

export type ChangeSource = Pick<OperationRecord, 'findSome' | 'findChanges'>;

/** The changes of the record since the last poll, made by any process. */
export interface ChangeFeed {
  /** Everything written before this time has been reported; undefined before the first poll. */
  readonly cursor: Date | undefined;
  /**
   * The changes since the last poll that have not been reported, in steps of a few hundred; the first poll reports
   * none.
   */
  poll(): AsyncGenerator<readonly Operation[]>;
  /** Marks the state of an operation as reported. @returns whether it is new */
  markSeen(operation: Operation): boolean;
  /** Resets the feed to its state before the first poll. */
  rest(): void;
}

/**
 * Each poll reads the changes of the last seconds from an index, and then only the operations that have changed since.
 * So it takes two statements, and remembers only the operations of these seconds.
 */
export function createChangeFeed(operations: ChangeSource): ChangeFeed {
  let cursor: Date | undefined;
  let seen = new Map<string, number>();
  const isNews = ({ id, revision }: OperationChange | Operation) => revision > (seen.get(id) ?? -1);

  return {
    get cursor() {
      return cursor;
    },
    async *poll() {
      const begin = new Date();
      const changes: OperationChange[] = [];
      for await (const page of readChanges(operations, cursor ?? begin)) changes.push(...page);
      if (cursor) {
        const news = chunksOf(changes.filter(isNews), operationsPerRead);
        for (const some of news) yield await readOperations(operations, some);
      }
      seen = new Map(changes.map(({ id, revision }) => [id, Math.max(revision, seen.get(id) ?? 0)]));
      cursor = begin;
    },
    markSeen(operation) {
      const isNew = isNews(operation);
      if (isNew) seen.set(operation.id, operation.revision);
      return isNew;
    },
    rest() {
      cursor = undefined;
      seen = new Map();
    },
  };
}

/**
 * Everything that the viewer may see and that may have been written after the cursor of a feed, the oldest change
 * first, with the position to continue from after it. Includes changes that were reported shortly before the cursor,
 * because times alone cannot distinguish them.
 */
export async function* readSince(
  operations: ChangeSource,
  cursor: Date,
  viewer: Viewer,
): AsyncGenerator<{ readonly operations: readonly Operation[]; readonly cursor: Date }> {
  const begin = Date.now();
  for await (const changes of readChanges(operations, cursor)) {
    for (const some of chunksOf(changes, operationsPerRead)) {
      const place = Math.min(some.at(-1)?.updatedAt.getTime() ?? 0, begin);
      yield {
        operations: (await readOperations(operations, some)).filter((each) => maySee(viewer, each)),
        cursor: new Date(Math.max(place, cursor.getTime())),
      };
    }
  }
}

async function* readChanges(operations: ChangeSource, cursor: Date): AsyncGenerator<OperationChange[]> {
  let after = { time: new Date(cursor.getTime() - overlapMs), id: '' };
  for (;;) {
    const changes = [...(await operations.findChanges(after, changesPerRead))];
    yield changes;
    const last = changes.at(-1);
    if (!last || changes.length < changesPerRead) return;
    after = { time: last.updatedAt, id: last.id };
  }
}

/** The current operations, in the order of the changes. */
async function readOperations(
  { findSome }: ChangeSource,
  changes: readonly OperationChange[],
): Promise<readonly Operation[]> {
  const ids = changes.map(({ id }) => id);
  const found = new Map((await findSome(ids)).map((operation) => [operation.id, operation]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

/**
 * Reads the changes after a time and an id, given as (time, time, id, limit). A covering index answers it, which
 * Prisma's own queries could not express: the scan starts at the time, and skips a few rows there.
 */
export const selectChanges = `SELECT id, revision, updated_at FROM staging_operations
  WHERE updated_at >= ? AND (updated_at > ? OR id > ?) ORDER BY updated_at, id LIMIT ?`;

/** The rows of its answer, for every database. */
export const changesSchema = z.array(
  z
    .tuple([z.string(), z.coerce.number(), z.coerce.date()])
    .transform(([id, revision, updatedAt]) => ({ id, revision, updatedAt })),
);

/** Whether an operation matches a filter, as in the database; `since` is ignored. */
export function matchesFilter(
  operation: Operation,
  { phase, method, username, batch }: Omit<OperationFilter, 'since'>,
): boolean {
  return (
    (phase === undefined || operation.phase === phase) &&
    (method === undefined || operation.method === truncateText(method, textLimits.method)) &&
    (username === undefined || operation.username === truncateText(username, textLimits.username)) &&
    (batch === undefined || operation.batchId === batch)
  );
}
