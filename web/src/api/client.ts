import createClient, { type Client } from 'openapi-fetch';
import { commonStrings } from '../strings/common.ts';
import { apiUrl } from './apiAddress.ts';
import { ApiError } from './apiError.ts';
import { fetchFromService } from './fetchFromService.ts';
import type { components, paths } from './generated/openapi.ts';

export type { components };
export type Operation = components['schemas']['Operation'];
export type SiteConfig = components['schemas']['SiteConfig'];
export type DirectoryEntry = components['schemas']['DirectoryPage']['entries'][number];

let client: Client<paths, 'application/json'> | undefined;

/** The client of the API for what is JSON, typed by its OpenAPI document. Its calls fail with an ApiError, and with nothing else. */
export function api(): Client<paths, 'application/json'> {
  client ??= createClient<paths, 'application/json'>({ baseUrl: apiUrl(''), fetch: fetchFromService });
  return client;
}

/** What a call is answered with. @throws ApiError */
export async function answerOf<Data>(call: Promise<{ data?: Data }>): Promise<Data> {
  const { data } = await call.catch((thrown: unknown) => {
    throw toApiError(thrown);
  });
  if (data === undefined) throw new ApiError('unexpected', commonStrings.notUnderstood);
  return data;
}

/** What a call failed with, as an ApiError whatever was thrown; a body that is no JSON, for instance. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError('unexpected', commonStrings.notUnderstood, { cause: thrown });
}
