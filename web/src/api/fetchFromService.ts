import { problemSchema } from '../../../shared/http/contract/answers/problem.ts';
import { commonStrings } from '../strings/common.ts';
import { apiUrl } from './apiAddress.ts';
import { ApiError } from './apiError.ts';
import { reportReachable } from './connection.ts';
import { parseJson } from './parseJson.ts';
import { queryClient } from './queryClient.ts';

/** Most GET requests are answered quickly or not at all; a POST may take longer. */
const lookTimeoutMs = 20_000;

/** Like `fetch`, for the service, with success statuses only. Records whether the service answers. @throws ApiError */
export async function fetchFromService(request: Request, timeoutMs = lookTimeoutMs): Promise<Response> {
  const response = await fetch(request, { signal: signalOf(request, timeoutMs) }).catch((cause: unknown) => {
    if (!request.signal.aborted) reportReachable(false);
    throw unreachable(cause);
  });
  if (response.type === 'opaqueredirect') return response;
  const problem = response.ok ? undefined : problemSchema.safeParse(parseJson(await textOf(response))).data;
  // A gateway answers for a service that is down, but not with one of our problems.
  const isGone = !problem && [502, 503, 504].includes(response.status);
  reportReachable(!isGone);
  if (isGone) throw unreachable(response.status);
  // Who the user is may have changed.
  if (response.status === 401) void queryClient.invalidateQueries({ queryKey: ['session'] });
  if (problem) throw new ApiError('problem', problem.detail, { problem });
  if (isOfAnother(response)) throw new ApiError('unexpected', commonStrings.anotherAnswers(apiUrl('')));
  if (!response.ok) throw new ApiError('unexpected', commonStrings.answeredWithStatus(response.status));
  return response;
}

function signalOf({ method, signal }: Request, timeoutMs: number): AbortSignal {
  return method === 'GET' ? AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) : signal;
}

function textOf(response: Response): Promise<string> {
  return response.text().catch((cause: unknown) => {
    throw unreachable(cause);
  });
}

/**
 * Whether this cannot be an answer of the service: to the requests of this page it never answers HTML, or a plain 404.
 * It may be from a static host without the address of the API, or a login page.
 */
function isOfAnother({ status, headers }: Response): boolean {
  return status === 404 || (headers.get('Content-Type')?.startsWith('text/html') ?? false);
}

function unreachable(cause: unknown): ApiError {
  return new ApiError('unreachable', commonStrings.doesNotAnswer, { cause });
}
