import type { Phase } from '../../model/operation.ts';
import type { WholeItem } from '../batchRecord.ts';
import type { FilledStatement } from '../database/sqlSession.ts';
import type { ItemRow } from '../rows/batchRow.ts';
import { insertStatement, placesOf } from '../rows/operationStatements.ts';

// Statements about many operations at a time, in SQL for every database: as Prisma calls they would take ten to a
// hundred times longer, and much memory.

const itemMembers = [
  'id',
  'createdAt',
  'updatedAt',
  'lifetimeSeconds',
  'replicate',
  'phase',
  'method',
  'username',
  'actor',
  'requestId',
  'batchId',
  'revision',
  'localPathOnStorage',
  'relativePath',
  'expectedSha256',
  'expectedAdler32',
  'expectedMd5',
] as const satisfies (keyof ItemRow)[];

/** The columns of an operation that was requested and has not started. */
export const notBegun = {
  outcome: null,
  error_code: null,
  error_reason: null,
  started_at: null,
  finished_at: null,
  abort_requested_at: null,
  bytes_total: null,
  bytes_done: 0,
  files_total: null,
  files_done: 0,
  sha256: null,
  adler32: null,
  md5: null,
  source_etag: null,
  present: null,
  source_location: null,
  range_requests: null,
  link_type: null,
  target_inode: null,
  target_key: null,
  target_etag: null,
  expires_at: null,
  location: null,
  destruction_at: null,
} as const;

/** Inserts the rows of items: the members that any of them has; the others are null by default. */
export function insertItemsStatement(rows: readonly ItemRow[]): FilledStatement {
  const given = itemMembers.filter((member) => rows.some((row) => row[member] !== null));
  return insertStatement(rows, given);
}

/** Changes operations that are in one of these phases. */
export function changeStatement(
  ids: readonly string[],
  from: readonly Phase[],
  changes: Readonly<Record<string, string | number | Date | null>>,
): FilledStatement {
  const assignments = Object.keys(changes).map((column) => `${column} = ?`);
  return {
    sql:
      `UPDATE staging_operations SET ${assignments.join(', ')}, updated_at = ?, revision = revision + 1 ` +
      `WHERE id IN (${placesOf(ids)}) AND status IN (${placesOf(from)})`,
    values: [...Object.values(changes), new Date(), ...ids, ...from],
  };
}

/** Removes operations that are PENDING. */
export function removeStatement(ids: readonly string[]): FilledStatement {
  return {
    sql: `DELETE FROM staging_operations WHERE id IN (${placesOf(ids)}) AND status = 'PENDING'`,
    values: ids,
  };
}

/** The ids of a batch's operations in one phase, after one id; a covering index answers it. */
export function idsStatement(batchId: string, phase: Phase, after: string, limit: number): FilledStatement {
  return {
    sql:
      'SELECT id FROM staging_operations WHERE batch_id = ? AND status = ? AND id > ? ' +
      `ORDER BY id LIMIT ${limit}`,
    values: [batchId, phase, after],
  };
}

/** Those of the operations that are QUEUED with this owner. */
export function queuedStatement(ids: readonly string[], owner: string | null): FilledStatement {
  return {
    sql:
      `SELECT id, attempts FROM staging_operations WHERE id IN (${placesOf(ids)}) AND status = 'QUEUED' ` +
      `AND worker ${owner === null ? 'IS NULL' : '= ?'} ORDER BY id`,
    values: [...ids, ...(owner === null ? [] : [owner])],
  };
}

/** One statement that records bytes and digests of items that are complete and not published, for every database. */
export function wholeStatement(items: readonly WholeItem[]): FilledStatement {
  const values: (string | number | Date | null)[] = [];
  const assign = (column: string, read: (item: WholeItem) => string | number | null) => {
    const cases = items.map((item) => {
      values.push(item.id, read(item));
      return 'WHEN ? THEN ?';
    });
    return `${column} = CASE id ${cases.join(' ')} END`;
  };
  const assignments = [
    assign('bytes_total', ({ bytes }) => bytes),
    assign('bytes_done', ({ bytes }) => bytes),
    assign('sha256', ({ digests }) => digests.sha256 ?? null),
    assign('adler32', ({ digests }) => digests.adler32 ?? null),
    assign('md5', ({ digests }) => digests.md5 ?? null),
    assign('link_type', ({ linkType }) => linkType),
  ];
  const places = items.map(() => '?').join(', ');
  return {
    sql:
      `UPDATE staging_operations SET ${assignments.join(', ')}, updated_at = ?, revision = revision + 1 ` +
      `WHERE id IN (${places}) AND status = 'PENDING'`,
    values: [...values, new Date(), ...items.map(({ id }) => id)],
  };
}
