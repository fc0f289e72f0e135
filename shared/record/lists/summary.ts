import * as z from 'zod';
import type { Viewer } from '../../model/caller.ts';
import { stagingMethodNames } from '../../model/methods.ts';
import { phases } from '../../model/operation.ts';
import { smallestIdAt, timeOfId } from '../../model/operationId.ts';
import type { EndedCount, RecordSummary } from '../../model/operations/lists.ts';
import { conditionsOf, indexHint, type KeysetConditions, selectIds, whereAll } from '../database/keyset.ts';
import type { OperationDatabase } from '../database/tables.ts';
import { findByTime, searchOf, usersOf } from './search.ts';

/**
 * How many of the newest operations are counted, and how many of a phase: a database takes a fraction of a second for
 * them.
 */
const maxCounted = 50_000;

/** How many operations of a method are used for its times. */
const sampleSize = 200;

const countsSchema = z.array(
  z.tuple([z.coerce.number(), z.string().nullable(), z.enum(phases), z.coerce.number(), z.coerce.number()]),
);

/** The results of the operations since a time; only of the newest 50,000 if there are more. */
export async function summarizeRecord(
  database: OperationDatabase,
  requested: Date,
  viewer: Viewer,
): Promise<RecordSummary> {
  const users = usersOf(undefined, viewer);
  const of = users === undefined ? {} : { users };
  const requestedId = smallestIdAt(requested);
  const newest = { order: 'newest', take: 1, skip: maxCounted - 1 } as const;
  const [oldestCounted] = await selectIds(database, { ...of, id: { gte: requestedId } }, newest);
  const sinceId = oldestCounted ?? requestedId;
  const since = oldestCounted === undefined ? requested : timeOfId(oldestCounted);
  const [oldestQueued] = await selectIds(
    database,
    { ...of, phase: 'QUEUED', id: {} },
    {
      order: 'oldest',
      take: 1,
    },
  );
  return {
    since,
    ended: await countEnded(database, { ...of, id: { gte: sinceId } }),
    durations: await sampleDurations(database, since, users),
    queued: await countPhase(database, { ...of, phase: 'QUEUED', id: {} }),
    executing: await countPhase(database, { ...of, phase: 'EXECUTING', id: {} }),
    oldestQueuedAt: oldestQueued === undefined ? null : timeOfId(oldestQueued),
  };
}

/**
 * The hours from 1970 to the request: SQLite has times as milliseconds, and treats what only MySQL executes as a comment.
 */
const createdHour = "/*! TIMESTAMPDIFF(HOUR, '1970-01-01', */ created_at /*! ) * 3600000 */ / 3600000";

async function countEnded(database: OperationDatabase, where: KeysetConditions): Promise<EndedCount[]> {
  const ended = { sql: "status IN ('COMPLETED', 'ERROR', 'ABORTED')", values: [] };
  const { sql, values } = whereAll([...conditionsOf(where), ended]);
  const places = stagingMethodNames.map(() => '?').join(', ');
  const statement =
    `SELECT ${createdHour} AS hour, ` +
    `CASE WHEN method IN (${places}) THEN method END AS known_method, status, ` +
    `COUNT(*) AS operations, SUM(bytes_done) AS bytes FROM staging_operations ${indexHint(where)}${sql}` +
    'GROUP BY hour, known_method, status';
  const counts = await database.select(statement, [...stagingMethodNames, ...values]);
  return countsSchema.parse(counts).map(([hour, method, phase, operations, bytes]) => ({
    hour: new Date(hour * 3_600_000),
    method,
    phase,
    operations,
    bytes,
  }));
}

/** Data that was already present took no meaningful time. */
async function sampleDurations(
  database: OperationDatabase,
  since: Date,
  users: readonly string[] | undefined,
): Promise<Map<string, readonly number[]>> {
  const durations = new Map<string, readonly number[]>();
  for (const method of stagingMethodNames) {
    const filter = { phase: 'COMPLETED', method, since, users } as const;
    const { rows } = await findByTime(database, searchOf(filter), { order: 'newest', take: sampleSize });
    const seconds = rows.flatMap(({ outcome, startedAt, finishedAt }) =>
      startedAt && finishedAt && outcome !== 'already_present'
        ? [(finishedAt.getTime() - startedAt.getTime()) / 1000]
        : [],
    );
    durations.set(method, seconds);
  }
  return durations;
}

/** How many operations are in a phase: 50,000 stands for that number or more. */
async function countPhase(database: OperationDatabase, where: KeysetConditions): Promise<number> {
  const beyond = { order: 'oldest', take: 1, skip: maxCounted } as const;
  const [isMore] = await selectIds(database, where, beyond);
  if (isMore !== undefined) return maxCounted;
  const { sql, values } = whereAll(conditionsOf(where));
  const statement = `SELECT COUNT(*) FROM staging_operations ${indexHint(where)}${sql}`;
  const [row] = await database.select(statement, values);
  return Number(row?.[0] ?? 0);
}
