import * as z from 'zod';
import { StagingError } from '../errors/stagingError.ts';
import type { DidLocation } from '../model/sourcePath.ts';
import type { RucioAnswer, RucioClient } from './rucioClient.ts';
import { unexpected } from './rucioErrors.ts';

/** A name in the catalogue. */
export type Did = Pick<DidLocation, 'scope' | 'name'>;

/** A name as users write it. */
export function didName({ scope, name }: Did): string {
  return `${scope}:${name}`;
}

/** A name, and the token to query it with if the service has none of its own. */
export type AskedDid = Pick<DidLocation, 'scope' | 'name' | 'token'>;

const didTypes = ['FILE', 'DATASET', 'CONTAINER'] as const;

const didSchema = z.object({ scope: z.string(), name: z.string(), bytes: z.number().nullish() });

const entrySchema = didSchema.extend({ type: z.enum(didTypes) });

/** The contents of a dataset or container. */
export type DidEntry = z.output<typeof entrySchema>;

const knownDidSchema = entrySchema.extend({ open: z.boolean().nullish(), length: z.number().nullish() });

/** The catalogue's description of a name: for a collection, the sums over all its files. */
export type KnownDid = z.output<typeof knownDidSchema>;

const fileSchema = didSchema.extend({ bytes: z.number().nullable() });

/** A file of a collection. */
export type ListedFile = z.output<typeof fileSchema>;

const foundSchema = didSchema
  .extend({ did_type: z.enum(didTypes), length: z.number().nullish() })
  .transform(({ did_type: type, ...found }) => ({ ...found, type }));

/** A search result. */
export type FoundDid = z.output<typeof foundSchema>;

/** Describes a name. @throws DID_NOT_FOUND, RUCIO_… */
export async function describeDid(rucio: RucioClient, did: AskedDid, signal: AbortSignal): Promise<KnownDid> {
  const answer = await rucio.call({ path: `${pathOf(did)}?dynamic_depth=FILE`, token: did.token }, signal);
  checkFound(answer, did);
  return parseValue(knownDidSchema, answer.values[0], answer);
}

/** All files of a dataset or container, at any depth; one that is in it twice is listed once. @throws like `describeDid` */
export async function listFiles(
  rucio: RucioClient,
  did: AskedDid,
  signal: AbortSignal,
): Promise<readonly ListedFile[]> {
  const answer = await rucio.call({ path: `${pathOf(did)}/files`, token: did.token }, signal);
  checkFound(answer, did);
  const files = new Map<string, ListedFile>();
  for (const value of answer.values) {
    const { scope, name, bytes } = parseValue(fileSchema, value, answer);
    // Otherwise each of 100,000 files would keep its own copy of the scope's text.
    const file = { scope: scope === did.scope ? did.scope : scope, name, bytes };
    files.set(didName(file), file);
  }
  return [...files.values()];
}

/** The direct contents of a dataset or container. @throws like `describeDid` */
export async function listContents(
  rucio: RucioClient,
  did: AskedDid,
  signal: AbortSignal,
): Promise<readonly DidEntry[]> {
  const answer = await rucio.call({ path: `${pathOf(did)}/dids`, token: did.token }, signal);
  checkFound(answer, did);
  return answer.values.map((value) => parseValue(entrySchema, value, answer));
}

/** The names of a scope that match a pattern, in which `*` matches any text. @throws RUCIO_… */
export async function searchDids(
  rucio: RucioClient,
  { scope, name, token }: AskedDid,
  limit: number,
  signal: AbortSignal,
): Promise<readonly FoundDid[]> {
  const query = new URLSearchParams({ type: 'all', name, limit: String(limit), long: 'True' });
  const path = `/dids/${encodeURIComponent(scope)}/dids/search?${query}`;
  const answer = await rucio.call({ path, token }, signal);
  // A scope that does not exist has no names.
  if (answer.status === 404) return [];
  if (answer.status !== 200) throw unexpected(answer);
  return answer.values.map((value) => parseValue(foundSchema, value, answer));
}

/** @throws RUCIO_UNREACHABLE when Rucio's answer does not conform to its API */
export function parseValue<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  answer: RucioAnswer,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unexpected({ ...answer, message: 'with something that is not in its API' });
}

function checkFound(answer: RucioAnswer, did: Did): void {
  if (answer.status === 200) return;
  if (answer.status === 404 || answer.exception === 'DataIdentifierNotFound') {
    throw new StagingError('DID_NOT_FOUND', { did: didName(did) });
  }
  throw unexpected(answer);
}

function pathOf({ scope, name }: Did): string {
  return `/dids/${encodeURIComponent(scope)}/${encodeURIComponent(name)}`;
}
