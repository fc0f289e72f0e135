import * as z from 'zod';
import { stagingMethodNames } from '../../model/methods.ts';
import { usernameSchema } from '../../model/paths.ts';
import { didPath } from '../../model/sourcePath.ts';
import { tokenSchema } from '../../model/token.ts';

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
  .max(1000)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what it looks for.
  .regex(/^[^:/\x00]+$/, 'must be a text without : and /');

const name = z
  .string()
  .min(1)
  .max(1000)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what it looks for.
  .regex(/^[^\x00]+$/, 'must be a text');

/** A path as text. Its parser, whose errors have codes of their own, enforces these rules, and more. */
const pathText = (pattern: string) =>
  z.string().meta({ override: { minLength: 1, maxLength: 4095, pattern } });

/** A path beneath the source storage, or another source. */
export const sourceTextSchema = pathText('^[^\\x00]+$');

/** A path in the user area. */
export const targetTextSchema = pathText('^[^\\x00-\\x1f\\x7f]+$');

/** A data identifier in the terms of Rucio, or of the SRCNet's APIs. */
const didSchema = z
  .union([z.object({ scope, name }), z.object({ namespace: scope, name })])
  .transform((did) => ({ scope: 'scope' in did ? did.scope : did.namespace, name: did.name }));

/** The lifetime of data. */
export const lifetimeSchema = z
  .int()
  .min(1)
  .max(10 ** 9)
  .describe(
    'lifetime in seconds: data staged by local_copy or symlink_copy is then removed, if it is unchanged; at most MAX_LIFETIME of the site',
  );

const sourcePath = sourceTextSchema.describe(
  'path of the data beneath the source storage, absolute or relative to it; or s3://bucket/key, or s3://bucket/prefix/, or rucio://scope:name',
);

const did = didSchema.describe('a data identifier of Rucio: rucio://scope:name');

const itemShape = {
  relative_path: targetTextSchema.describe('path in the user area; a leading / is ignored'),
  ...expectedDigestsSchema.shape,
  lifetime: lifetimeSchema.optional(),
  replicate: z
    .boolean()
    .optional()
    .describe(
      'whether data that exists only at other sites is first replicated to this site, by a Rucio rule with this lifetime; the site must allow it (RUCIO_RULES)',
    ),
};

/** What to stage, and where to, once a data identifier has become a path. */
export const dataItemSchema = z
  .object({ local_path_on_storage: sourcePath, did: did.optional(), ...itemShape })
  .refine(({ did, local_path_on_storage: path }) => did === undefined || path === didPath(did), {
    path: ['did'],
    message: 'cannot be given together with local_path_on_storage',
  });

/** An item as clients send it: with a path, or with a data identifier instead. */
export const givenItemSchema = z.union([
  z.object({ local_path_on_storage: sourcePath, ...itemShape }).meta({
    id: 'DataItem',
    example: { local_path_on_storage: 'survey/a.fits', relative_path: 'project/a.fits' },
  }),
  z.object({ did, ...itemShape }).meta({
    id: 'DataItemOfRucio',
    example: { did: { scope: 'survey', name: 'a.fits' }, relative_path: 'project/a.fits' },
  }),
]);

// Made once: zod compiles a schema at its first use.
const itemOfDid = z.looseObject({ did: didSchema, local_path_on_storage: z.undefined().optional() });

/** An item, with a data identifier converted to a path. Everything else stays unchanged. */
export function withDidAsPath(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || !('did' in item)) return item;
  const given = itemOfDid.safeParse(item);
  return given.success ? { ...given.data, local_path_on_storage: didPath(given.data.did) } : item;
}

/** The body of a staging request: the item itself, or wrapped as existing clients send it. */
export const stagingBodySchema = z.union([
  givenItemSchema,
  z.object({ data: givenItemSchema }).meta({ id: 'WrappedDataItem' }),
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
    .describe('use the header Jupyter-Token instead, because URLs are often logged'),
});

/** The method, if one endpoint serves all. */
export const methodQuerySchema = z.object({
  method: z
    .enum(stagingMethodNames)
    .describe('the method names of the first SKAO Staging Service are also accepted'),
});

/**
 * An Idempotency-Key: a String of RFC 9651 §3.3.3, as the draft of the header requires, or the same without quotation
 * marks, as most clients send it.
 */
export const idempotencyKeyPattern =
  /^(?:[\x21\x23-\x7e]{1,255}|"(?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255}")$/;

/** The headers of a staging request: its key, and when it wants to be answered. */
export const stagingHeadersSchema = z.object({
  'idempotency-key': z
    .string()
    .regex(idempotencyKeyPattern)
    .optional()
    .describe(
      'unique key of this request, 1 to 255 visible ASCII characters: a retry with the same key returns the operation of the first request',
    ),
  'jupyter-token': tokenSchema
    .optional()
    .describe("the caller's own JupyterHub token, for jupyter_copy; never logged, never stored"),
  prefer: z
    .string()
    .optional()
    .describe(
      'RFC 7240: respond-async to be answered immediately (202), wait=N to be answered within N seconds',
    ),
});

/** The user of a download. */
export const downloadQuerySchema = z.object({
  link: z.string().optional().describe('token of a link created by POST /download-links, instead of a login'),
  username: usernameSchema.optional().describe('the user to record the download for'),
});
