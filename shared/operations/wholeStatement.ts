import type { WholeItem } from '../record/batchRecord.ts';
import type { FilledStatement } from './progressStatement.ts';

/** One statement that writes down bytes and digests of items that are whole and not published, whichever the database. */
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
