import type { FilledStatement, SqlValue } from '../database/sqlSession.ts';
import type { OperationRow, ReadRow } from '../database/tables.ts';

// The statements that write operations, for every database: as Prisma calls they would take ten times as long, because
// it compiles each one every time.

/** The conditions on a row to be changed: a value, null for none, or one of several, which may include null. */
export type OperationConditions = {
  readonly [Member in keyof OperationRow]?: OperationRow[Member] | Choice;
};

/** Members that are counters. */
type Counter = 'attempts' | 'revision' | 'workerDeaths';

/** The new values of a row. */
export type OperationChanges = Partial<Omit<OperationRow, Counter>> & {
  readonly [Member in Counter]?: Step;
};

/** A row after changes. */
export function changedRow(before: ReadRow, changes: OperationChanges): ReadRow {
  const { attempts, revision, workerDeaths, ...values } = changes;
  return {
    ...before,
    ...values,
    attempts: before.attempts + (attempts?.increment ?? 0),
    revision: before.revision + (revision?.increment ?? 0),
    workerDeaths: before.workerDeaths + (workerDeaths?.increment ?? 0),
  };
}

/** Values of a row, by the names of its members. */
export type RowValues = Readonly<Record<string, SqlValue>>;

/** Inserts rows with the same members: those that are not null in any of them, which is the default. */
export function insertStatement(rows: readonly RowValues[]): FilledStatement {
  const members = Object.keys(rows[0] ?? {}).filter((member) => rows.some((row) => row[member] !== null));
  const columns = members.map(columnOf).join(', ');
  const places = `(${placesOf(members)})`;
  const others = `, ${places}`.repeat(rows.length - 1);
  const values = rows.flatMap((row) => members.map((member) => row[member] ?? null));
  return { sql: `INSERT INTO staging_operations (${columns}) VALUES ${places}${others}`, values };
}

/** Changes the rows that meet the conditions. `each` has further values of single rows, by their ids. */
export function updateStatement(
  where: OperationConditions,
  changes: OperationChanges,
  each: ReadonlyMap<string, RowValues> = new Map(),
): FilledStatement {
  const values: SqlValue[] = [];
  const place = (value: SqlValue) => {
    values.push(value);
    return '?';
  };
  const own = [...new Set([...each.values()].flatMap(Object.keys))].map((member) => {
    const cases = [...each].map(([id, { [member]: value }]) =>
      value === undefined ? '' : ` WHEN ${place(id)} THEN ${place(value)}`,
    );
    return `${columnOf(member)} = CASE id${cases.join('')} ELSE ${columnOf(member)} END`;
  });
  const common = Object.entries(changes).map(([member, value]) => {
    const column = columnOf(member);
    if (isStep(value)) return `${column} = ${column} + ${place(value.increment)}`;
    return `${column} = ${place(value)}`;
  });
  const conditions = Object.entries(where).map(([member, value]) => {
    const column = columnOf(member);
    if (value === null) return `${column} IS NULL`;
    if (isChoice(value)) {
      const isOne = `${column} IN (${value.in.map(place).join(', ')})`;
      return value.orNull ? `(${column} IS NULL OR ${isOne})` : isOne;
    }
    return `${column} = ${place(value)}`;
  });
  const assignments = [...own, ...common].join(', ');
  return { sql: `UPDATE staging_operations SET ${assignments} WHERE ${conditions.join(' AND ')}`, values };
}

type Step = { readonly increment: number };
type Choice = { readonly in: readonly string[]; readonly orNull?: boolean };

const isStep = (value: SqlValue | Step): value is Step =>
  typeof value === 'object' && value !== null && 'increment' in value;
const isChoice = (value: SqlValue | Choice): value is Choice =>
  typeof value === 'object' && value !== null && 'in' in value;

const columns = new Map([['phase', 'status']]);

/** The column of a member, as `prisma/models.prisma` maps it. */
export function columnOf(member: string): string {
  const column = columns.get(member) ?? member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  columns.set(member, column);
  return column;
}

/** A `?` for each value. */
export function placesOf(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
