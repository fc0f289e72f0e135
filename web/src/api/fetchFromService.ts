import { problemSchema } from '../../../shared/http/contract/problem.ts';
import { commonStrings } from '../strings/common.ts';
import { apiUrl } from './apiAddress.ts';
import { ApiError } from './apiError.ts';
import { reportReachable } from './connection.ts';
import { parseJson } from './parseJson.ts';

/** A look at something is answered soon or not at all; what a POST asks for may take its time. */
const lookTimeoutMs = 20_000;

/** As `fetch`, for the service: the answer is one of success. Remembers whether the service answers. @throws ApiError */
export async function fetchFromService(request: Request): Promise<Response> {
  const response = await fetch(request, { signal: signalOf(request) }).catch((cause: unknown) => {
    if (!request.signal.aborted) reportReachable(false);
    throw unreachable(cause);
  });
  if (response.type === 'opaqueredirect') return response;
  const problem = response.ok ? undefined : problemSchema.safeParse(parseJson(await textOf(response))).data;
  // A gateway answers in the place of a service that is down, and not with a problem of ours.
  const isGone = !problem && [502, 503, 504].includes(response.status);
  reportReachable(!isGone);
  if (isGone) throw unreachable(response.status);
  if (problem) throw new ApiError('problem', problem.detail, { problem });
  if (isOfAnother(response)) throw new ApiError('unexpected', commonStrings.anotherAnswers(apiUrl('')));
  if (!response.ok) throw new ApiError('unexpected', commonStrings.answeredWithStatus(response.status));
  return response;
}

function signalOf({ method, signal }: Request): AbortSignal {
  return method === 'GET' ? AbortSignal.any([signal, AbortSignal.timeout(lookTimeoutMs)]) : signal;
}

function textOf(response: Response): Promise<string> {
  return response.text().catch((cause: unknown) => {
    throw unreachable(cause);
  });
}

/**
 * Whether this can be no answer of the service: to what this page asks for it answers no HTML, and no mere 404. A
 * static host that nobody told where the API is, or a page to log in at, for instance.
 */
function isOfAnother({ status, headers }: Response): boolean {
  return status === 404 || (headers.get('Content-Type')?.startsWith('text/html') ?? false);
}

function unreachable(cause: unknown): ApiError {
  return new ApiError('unreachable', commonStrings.doesNotAnswer, { cause });
}
