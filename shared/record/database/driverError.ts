import * as z from 'zod';

const driverSchema = z.object({
  cause: z.object({ kind: z.string(), code: z.union([z.string(), z.number()]).optional() }),
});
/** As reported by a driver adapter, or by Prisma's client. */
const failureSchema = z.union([
  driverSchema,
  z
    .object({ meta: z.object({ driverAdapterError: driverSchema }) })
    .transform(({ meta }) => meta.driverAdapterError),
]);

/** The kind and the code of a database's error, as Prisma's driver adapters report them; of another error, neither. */
export function driverErrorOf(error: unknown): { kind?: string; code?: string | number | undefined } {
  return failureSchema.safeParse(error).data?.cause ?? {};
}

/** Errors of MySQL and MariaDB for a server that is currently not writable, such as one that became a replica. */
const readOnlyCodes = [
  // ER_OPTION_PREVENTS_STATEMENT: read_only, super_read_only.
  1290,
  // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: transaction_read_only.
  1792,
  // ER_READ_ONLY_MODE: innodb_read_only and others.
  1836,
  // ER_UNKNOWN_COM_ERROR: from a node of a Galera cluster that has lost the others.
  1047,
];

/**
 * Why a database is not writable, if that is the failure: to complete the sentence "The database …". Such a connection
 * is not reused, because the server may have been replaced by now, or the file is open read-only.
 */
export function whyUnwritable(error: unknown): string | undefined {
  const { kind, code } = driverErrorOf(error);
  if (kind === 'mysql' && readOnlyCodes.includes(Number(code))) return `may only be read (error ${code})`;
  if (kind !== 'sqlite' || typeof code !== 'string') return undefined;
  if (code.startsWith('SQLITE_FULL')) return `has no space left on its disk (${code})`;
  if (code.startsWith('SQLITE_IOERR')) return `cannot use its disk (${code})`;
  if (code.startsWith('SQLITE_CANTOPEN')) return `cannot be opened (${code})`;
  return code.startsWith('SQLITE_READONLY') ? `may only be read (${code})` : undefined;
}
