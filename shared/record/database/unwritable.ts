import * as z from 'zod';

/** The errors of MySQL and MariaDB of a server that takes no changes now, as one that became a replica. */
const readOnlyCodes = [
  // ER_OPTION_PREVENTS_STATEMENT: read_only, super_read_only.
  1290,
  // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: transaction_read_only.
  1792,
  // ER_READ_ONLY_MODE: innodb_read_only and others.
  1836,
  // ER_UNKNOWN_COM_ERROR: what a node of a Galera cluster says that has lost the others.
  1047,
];

const mysqlSchema = z.object({ kind: z.literal('mysql'), code: z.number() });
const sqliteSchema = z.object({ kind: z.literal('sqlite'), code: z.string() });
const causeSchema = z.object({ cause: z.union([mysqlSchema, sqliteSchema]) });
/** As a driver adapter reports it, or Prisma's client. */
const failureSchema = z.union([
  causeSchema,
  z
    .object({ meta: z.object({ driverAdapterError: causeSchema }) })
    .transform(({ meta }) => meta.driverAdapterError),
]);

/**
 * Why a database takes no changes, if that is the failure: to complete the sentence "The database …". A connection that
 * has shown it is of no use any more, as the server may be another one by now, or the file open for reading only.
 */
export function whyUnwritable(error: unknown): string | undefined {
  const failure = failureSchema.safeParse(error);
  if (!failure.success) return undefined;
  const { kind, code } = failure.data.cause;
  if (kind === 'mysql') return readOnlyCodes.includes(code) ? `may only be read (error ${code})` : undefined;
  if (code.startsWith('SQLITE_FULL')) return `has no space left on its disk (${code})`;
  if (code.startsWith('SQLITE_IOERR')) return `cannot use its disk (${code})`;
  if (code.startsWith('SQLITE_CANTOPEN')) return `cannot be opened (${code})`;
  return code.startsWith('SQLITE_READONLY') ? `may only be read (${code})` : undefined;
}
