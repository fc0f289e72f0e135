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
