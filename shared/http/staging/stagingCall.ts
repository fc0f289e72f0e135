import type { Request, Response } from 'express';
import type * as z from 'zod';
import type { Config } from '../../config/config.ts';
import type { Limits } from '../../config/limitConfig.ts';
import { StagingError } from '../../errors/stagingError.ts';
import { userFor } from '../../model/caller.ts';
import { findStagingMethod, type StagingMethodName } from '../../model/methods.ts';
import type { Digests } from '../../model/operation.ts';
import type { Username } from '../../model/paths.ts';
import { callerOf } from '../callers.ts';
import {
  dataItemSchema,
  expectedDigestsSchema,
  idempotencyKeyPattern,
  stagingQuerySchema,
  withDidAsPath,
} from '../contract/staging.ts';
import { readJsonBody } from '../readBody.ts';
import { invalidRequest, validatePart } from '../validation.ts';
import { readJupyterToken } from './stagingHeaders.ts';

/** The error for a request without a user. */
export const usernameMissing = {
  path: 'query.username',
  message: 'is missing: give it in the query, as ?username=…',
};

/** The error for a request with the user in the wrong place, which would otherwise be for its caller. */
export const usernameInBody = {
  path: 'body.username',
  message: 'has no effect: give it in the query, as ?username=…',
};

/** A valid request to stage. */
export interface StagingOrder {
  /** The name of the method from the request, perhaps an older one. */
  readonly methodGiven: string;
  readonly method: StagingMethodName;
  readonly username: Username;
  /** The caller's own token at JupyterHub. */
  readonly jupyterToken: string | undefined;
  readonly item: z.output<typeof dataItemSchema>;
}

/** A call to stage: the values to record, valid or not, and the request parsed from it. */
export interface StagingCall {
  readonly methodGiven: string | null;
  readonly username: string | null;
  readonly localPathOnStorage: string | null;
  readonly relativePath: string | null;
  readonly expectedDigests: Digests;
  /** @throws StagingError when the call is invalid */
  parse(): StagingOrder;
}

/** Reads a call from the query and a JSON body. Never fails: `parse` reports what is invalid. */
export async function readStagingCall(
  request: Request,
  response: Response,
  methodGiven: unknown,
  { maxBodyBytes }: Pick<Limits, 'maxBodyBytes'>,
): Promise<StagingCall> {
  const body = await readJsonBody(request, response, maxBodyBytes).then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error }),
  );
  const wrapped = memberOf(body.value, 'data');
  const item = withDidAsPath(wrapped ?? body.value);
  const bodyPart = {
    name: wrapped === undefined ? 'body' : 'body.data',
    value: item,
    schema: dataItemSchema,
  };
  return {
    methodGiven: textOrNull(methodGiven),
    username: textOrNull(request.query['username']),
    localPathOnStorage: textOrNull(memberOf(item, 'local_path_on_storage')),
    relativePath: textOrNull(memberOf(item, 'relative_path')),
    expectedDigests: digestsOf(item),
    parse() {
      if (body.error !== undefined) throw body.error;
      const query = validatePart({ name: 'query', value: request.query, schema: stagingQuerySchema });
      const validItem = validatePart(bodyPart);
      const jupyterToken = readJupyterToken(request, response);
      const username = query.errors ? undefined : userFor(callerOf(response), query.value.username);
      const isMisplaced =
        request.query['username'] === undefined &&
        [item, body.value].some((within) => memberOf(within, 'username') !== undefined);
      const errors = [
        ...(isMisplaced ? [usernameInBody] : []),
        ...(typeof methodGiven === 'string' ? [] : [{ path: 'query.method', message: 'must be given once' }]),
        ...(query.errors ?? (username === undefined ? [usernameMissing] : [])),
        ...(validItem.errors ?? []),
      ];
      if (username === undefined || isMisplaced || validItem.errors || typeof methodGiven !== 'string')
        throw invalidRequest(errors);
      const method = findStagingMethod(methodGiven);
      if (!method) throw new StagingError('INVALID_METHOD', { method: methodGiven.slice(0, 100) });
      return { methodGiven, method, username, jupyterToken, item: validItem.value };
    },
  };
}

/** @throws INVALID_METHOD when this site does not offer the method */
export function checkAllowed(
  { method, methodGiven }: StagingOrder,
  { allowedMethods }: Pick<Config, 'allowedMethods'>,
): void {
  if (!allowedMethods.includes(method)) throw new StagingError('INVALID_METHOD', { method: methodGiven });
}

/** The digests of an item, if it is valid; else none. */
export function digestsOf(item: unknown): Digests {
  const { sha256, adler32, md5 } = expectedDigestsSchema.safeParse(item).data ?? {};
  return {
    ...(sha256 !== undefined && { sha256 }),
    ...(adler32 !== undefined && { adler32 }),
    ...(md5 !== undefined && { md5 }),
  };
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/**
 * The Idempotency-Key of a request (draft-ietf-httpapi-idempotency-key-header-07 §2.1): with quotation marks as in the
 * draft, or without, as most clients send it. Undefined if there is none. @throws IDEMPOTENCY_KEY_INVALID
 */
export function readIdempotencyKey(request: Request): string | undefined {
  const header = request.get('idempotency-key');
  if (header === undefined) return undefined;
  if (!idempotencyKeyPattern.test(header)) throw new StagingError('IDEMPOTENCY_KEY_INVALID');
  return header.startsWith('"') ? header.slice(1, -1).replace(/\\(["\\])/g, '$1') : header;
}
