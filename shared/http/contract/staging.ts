import * as z from 'zod';
import { stagingMethodNames } from '../../model/methods.ts';
import { usernameSchema } from '../../model/paths.ts';
import { didPath } from '../../model/sourcePath.ts';
import { tokenSchema } from '../../model/token.ts';
import { operationSchema } from './operations.ts';

const hex = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`), `must have ${digits} hexadecimal digits`)
    .toLowerCase();

/** Digests that the data must have. */
export const expectedDigestsSchema = z.object({
  sha256: hex(64).optional().describe('the digest that the data must have'),
  adler32: hex(8).optional().describe('the digest that the data must have'),
  md5: hex(32).optional().describe('the digest that the data must have'),
});

const scope = z
  .string()
  .min(1)
  .regex(/^[^:/]+$/, 'must not contain : or /');
const name = z.string().min(1);

/** A data identifier in the words of Rucio, or of the SRCNet's APIs. */
const didSchema = z
  .union([z.object({ scope, name }), z.object({ namespace: scope, name })])
  .transform((did) => ({ scope: 'scope' in did ? did.scope : did.namespace, name: did.name }));

/** How long data may stay. */
export const lifetimeSchema = z
  .int()
  .min(1)
  .max(10 ** 9)
  .describe(
    'seconds after which what local_copy or symlink_copy has staged is removed, if it is unchanged; no longer than MAX_LIFETIME of the site',
  );

/** What to stage, and where to. */
export const dataItemSchema = z
  .object({
    local_path_on_storage: z
      .string()
      .describe(
        'path of the data beneath the source storage, absolute or relative to it; or s3://bucket/key, or s3://bucket/prefix/, or rucio://scope:name',
      ),
    did: didSchema
      .optional()
      .describe('a data identifier of Rucio, instead of local_path_on_storage: rucio://scope:name'),
    relative_path: z.string().describe('path in the user area; a leading / is ignored'),
    ...expectedDigestsSchema.shape,
    lifetime: lifetimeSchema.optional(),
    replicate: z
      .boolean()
      .optional()
      .describe(
        "whether data that Rucio has at other sites only is brought to this site first, by a rule with the lifetime; the site's RUCIO_RULES must allow it",
      ),
  })
  .refine(({ did, local_path_on_storage: path }) => did === undefined || path === didPath(did), {
    path: ['did'],
    message: 'cannot be given together with local_path_on_storage',
  })
  .meta({
    id: 'DataItem',
    // A path, unless it has a data identifier.
    required: ['relative_path'],
    example: { local_path_on_storage: 'survey/a.fits', relative_path: 'project/a.fits' },
  });

/** An item whose data identifier, if it has one instead of a path, is its path. Whatever else it is stays as it was. */
export function withDidAsPath(item: unknown): unknown {
  const given = z
    .looseObject({ did: didSchema, local_path_on_storage: z.undefined().optional() })
    .safeParse(item);
  return given.success ? { ...given.data, local_path_on_storage: didPath(given.data.did) } : item;
}

/** The body of a staging request: the item itself, or wrapped as existing clients send it. */
export const stagingBodySchema = z.union([
  dataItemSchema,
  z.object({ data: dataItemSchema }).meta({ id: 'WrappedDataItem' }),
]);

/** The user to stage for. */
export const stagingQuerySchema = z.object({
  username: usernameSchema
    .optional()
    .describe(
      'the user of the user area or notebook server; default: the caller, where callers are identified',
    ),
  jupyter_token: tokenSchema
    .optional()
    .meta({ deprecated: true })
    .describe('use the header Jupyter-Token: addresses are kept in many places'),
});

/** The method, if one endpoint serves all. */
export const methodQuerySchema = z.object({
  method: z.enum(stagingMethodNames).describe('names of the first SKAO Staging Service are taken, too'),
});

/** The answer when data was staged or already present. */
export const stagedAnswerSchema = z
  .object({
    status: z.literal('success'),
    message: z.string(),
    operation: operationSchema,
  })
  .meta({ id: 'StagedAnswer' });

/** The answer when an operation continues after it. */
export const acceptedAnswerSchema = z
  .object({
    status: z.literal('accepted'),
    message: z.string(),
    operation: operationSchema,
  })
  .meta({ id: 'AcceptedAnswer' });

/** The headers of a staging request: its key, and when it wants to be answered. */
export const stagingHeadersSchema = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .describe(
      'a name of this request, 1 to 255 visible ASCII characters: sent again with it, the request is answered as the first time',
    ),
  'jupyter-token': tokenSchema
    .optional()
    .describe("the caller's own JupyterHub token, for jupyter_copy; never logged, never stored"),
  prefer: z
    .string()
    .optional()
    .describe('RFC 7240: respond-async for an immediate answer (202), wait=N for one within N seconds'),
});
