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

/** The client of the JSON API, typed by its OpenAPI document. Its calls fail only with an ApiError. */
export function api(): Client<paths, 'application/json'> {
  client ??= createClient<paths, 'application/json'>({
    baseUrl: apiUrl(''),
    fetch: (request) => fetchFromService(request),
  });
  return client;
}

/** The answer of a call. @throws ApiError */
export async function answerOf<Data>(call: Promise<{ data?: Data }>): Promise<Data> {
  const { data } = await call.catch((thrown: unknown) => {
    throw toApiError(thrown);
  });
  if (data === undefined) throw new ApiError('unexpected', commonStrings.notUnderstood);
  return data;
}

/** The failure of a call as an ApiError, for any thrown value, for instance for a body that is not JSON. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError('unexpected', commonStrings.notUnderstood, { cause: thrown });
}
