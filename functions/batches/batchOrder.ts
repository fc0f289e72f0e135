import type { Request } from 'express';
import type { Config } from '../../shared/config/config.ts';
import { type FieldError, StagingError } from '../../shared/errors/stagingError.ts';
import { batchMembersSchema, batchQuerySchema } from '../../shared/http/contract/batches.ts';
import { dataItemSchema, withDidAsPath } from '../../shared/http/contract/staging.ts';
import { digestsOf, usernameInBody, usernameMissing } from '../../shared/http/staging/stagingCall.ts';
import { invalidRequest, parsePart, parseQuery, validatePart } from '../../shared/http/validation.ts';
import type { BatchItem } from '../../shared/model/batch.ts';
import { type Caller, checkSource, userFor } from '../../shared/model/caller.ts';
import type { FileName } from '../../shared/model/fileName.ts';
import { findStagingMethod, type StagingMethodName } from '../../shared/model/methods.ts';
import { parseNewTarget } from '../../shared/model/paths.ts';
import { isDid, parseSource } from '../../shared/model/sourcePath.ts';
import { checkReplication } from '../../shared/staging/parseRequest.ts';

/** The query of a batch. */
export interface BatchOrder {
  readonly method: StagingMethodName;
  /** The members that are in the query because NDJSON cannot contain them. */
  readonly members: ReadonlyMap<string, unknown>;
  /** Whether it names the user of the batch, which the body cannot. */
  readonly namesUser: boolean;
}

/** Parses the query. @throws BODY_INVALID, USERNAME_FORBIDDEN, INVALID_METHOD, BATCH_UNSUPPORTED */
export function parseBatchQuery(request: Request, caller: Caller, { allowedMethods }: Config): BatchOrder {
  const { method: given, username, ...named } = parseQuery(request, batchQuerySchema);
  if (userFor(caller, username) === undefined) throw invalidRequest([usernameMissing]);
  const method = findStagingMethod(given);
  if (!method || !allowedMethods.includes(method)) {
    throw new StagingError('INVALID_METHOD', { method: given.slice(0, 100) });
  }
  if (method === 'direct_download') {
    throw new StagingError('BATCH_UNSUPPORTED', { reason: 'a download ends with its connection' });
  }
  const members = Object.entries(named).filter(([, value]) => value !== undefined);
  return { method, members: new Map<string, unknown>(members), namesUser: username !== undefined };
}

/** A valid item, and the names of its target. */
export interface ValidItem {
  readonly item: BatchItem;
  readonly names: readonly FileName[];
  readonly isDid: boolean;
}

/** Parses one item of a list, at this position. */
export function validateItem(
  value: unknown,
  index: number,
  caller: Caller,
  config: Config,
): { readonly valid: ValidItem } | { readonly errors: readonly FieldError[] } {
  const place = `items.${index}`;
  const part = validatePart({ name: place, value: withDidAsPath(value), schema: dataItemSchema });
  if (part.errors) return { errors: part.errors };
  const { local_path_on_storage, relative_path, replicate = false } = part.value;
  const source = tryParse(`${place}.local_path_on_storage`, () => {
    const path = parseSource(local_path_on_storage, config);
    checkSource(caller, path, 'stage', config.identity.projects);
    if (replicate) checkReplication(path, config);
    return path;
  });
  const target = tryParse(`${place}.relative_path`, () => parseNewTarget(relative_path, config));
  const errors = [source, target].flatMap((tried) => ('error' in tried ? [tried.error] : []));
  if ('error' in target || 'error' in source) return { errors };
  const item = {
    localPathOnStorage: local_path_on_storage,
    relativePath: relative_path,
    expectedDigests: digestsOf(part.value),
    lifetimeSeconds: part.value.lifetime ?? null,
    replicate,
  };
  return { valid: { item, names: target.value.names, isDid: isDid(source.value) } };
}

function tryParse<Value>(
  path: string,
  parse: () => Value,
): { readonly value: Value } | { readonly error: FieldError } {
  try {
    return { value: parse() };
  } catch (error) {
    if (error instanceof StagingError) return { error: { path, message: error.message } };
    throw error;
  }
}

/** The members besides the items, once the whole body was read. @throws BODY_INVALID, BATCH_UNSUPPORTED */
export function parseMembers(order: BatchOrder, members: ReadonlyMap<string, unknown>) {
  const value = Object.fromEntries(members);
  const { items, username, ...rest } = value;
  if (username !== undefined && !order.namesUser) throw invalidRequest([usernameInBody]);
  if (items !== undefined && !Array.isArray(items)) throw invalid('items', 'must be a list');
  const parsed = parsePart({ name: 'body', value: rest, schema: batchMembersSchema });
  const hasItems = items !== undefined;
  if (hasItems === (parsed.directory !== undefined))
    throw invalid('items', 'give either items or a directory');
  const needsFolder = parsed.directory !== undefined || parsed.all_or_nothing === true;
  if (needsFolder && parsed.relative_path === undefined) {
    throw invalid('relative_path', 'is required for a directory and for all_or_nothing');
  }
  if (hasItems && parsed.all_or_nothing && order.method === 'jupyter_copy') {
    const reason = 'jupyter_copy publishes as a whole only what is one directory of the source storage';
    throw new StagingError('BATCH_UNSUPPORTED', { reason });
  }
  return {
    directory: parsed.directory ?? null,
    relativePath: parsed.relative_path ?? null,
    allOrNothing: parsed.all_or_nothing ?? false,
    lifetimeSeconds: parsed.lifetime ?? null,
  };
}

/** The common leading names of two paths. */
export function commonNames(one: readonly FileName[], other: readonly FileName[]): readonly FileName[] {
  const end = one.findIndex((name, index) => name !== other[index]);
  return end < 0 ? one : one.slice(0, end);
}

/** The error for one member of the body. */
export function invalid(member: string, message: string): StagingError {
  const errors = [{ path: `body.${member}`, message }];
  return new StagingError('BODY_INVALID', { reason: `body.${member}: ${message}` }, { errors });
}
