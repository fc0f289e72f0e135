import type { OperationProgress } from '../model/operation.ts';

/** A statement and what fills its `?` places. */
export interface FilledStatement {
  readonly sql: string;
  readonly values: readonly (string | number | Date | null)[];
}

const columns = {
  bytes_total: 'bytesTotal',
  bytes_done: 'bytesDone',
  files_total: 'filesTotal',
  files_done: 'filesDone',
} as const;

/**
 * One statement that writes down how far some unfinished operations of a worker are, whichever the database. Counts
 * that are not given stay as they are. By their ids, so that no index range of others is locked in InnoDB.
 */
export function progressStatement(
  progress: readonly (readonly [id: string, done: OperationProgress])[],
  worker: string,
): FilledStatement {
  const values: (string | number | Date | null)[] = [];
  const assignments = Object.entries(columns).map(([column, member]) => {
    const cases = progress.map(([id, done]) => {
      const count = done[member];
      if (count === undefined) return '';
      values.push(id, count);
      return ' WHEN ? THEN ?';
    });
    return cases.join('') && `${column} = CASE id${cases.join('')} ELSE ${column} END`;
  });
  const places = progress.map(() => '?').join(', ');
  return {
    sql:
      `UPDATE staging_operations SET ${assignments.filter(Boolean).join(', ')}, updated_at = ?, revision = revision + 1 ` +
      `WHERE id IN (${places}) AND worker = ? AND status IN ('QUEUED', 'EXECUTING')`,
    values: [...values, new Date(), ...progress.map(([id]) => id), worker],
  };
}
