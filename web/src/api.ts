import type { z } from 'zod';
import { type Problem, problemSchema } from '../../shared/http/contract/problem.ts';
import { apiUrl } from './apiAddress.ts';
import { reportReachable } from './connection.ts';
import { parseJson } from './parseJson.ts';

/**
 * Why a call failed: the service (or the way to it) did not answer, it answered with a problem (RFC 9457), or with
 * something that this page does not understand.
 */
export type ApiFailureKind = 'unreachable' | 'problem' | 'unexpected';

/** The one error that a call to the service fails with. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly kind: ApiFailureKind;
  readonly problem: Problem | undefined;

  constructor(kind: ApiFailureKind, message: string, options: ErrorOptions & { problem?: Problem } = {}) {
    super(message, options);
    this.kind = kind;
    this.problem = options.problem;
  }
}

/** What a call failed with, as an ApiError whatever was thrown. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError('unexpected', 'Something went wrong in this page.', { cause: thrown });
}

/** Calls the service and parses its JSON answer. @throws ApiError */
export async function fetchJson<Schema extends z.ZodType>(
  schema: Schema,
  path: string,
  init?: RequestInit,
): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(parseJson(await fetchText(path, init)));
  if (parsed.success) return parsed.data;
  const message = 'The service gave an answer that this page does not understand. Reload the page.';
  throw new ApiError('unexpected', message, { cause: parsed.error });
}

/** Calls the service and returns its text. @throws ApiError */
export async function fetchText(path: string, init?: RequestInit): Promise<string> {
  return readText(await fetchAnswer(path, init));
}

/** Calls the service at a path of its API; the answer is one of success. @throws ApiError */
export async function fetchAnswer(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(apiUrl(path), init).catch((cause: unknown) => {
    if (!init?.signal?.aborted || isTimeout(init.signal.reason)) reportReachable(false);
    throw unreachable(cause);
  });
  const problem = response.ok ? undefined : problemSchema.safeParse(parseJson(await readText(response))).data;
  // A gateway answers in the place of a service that is down, and not with a problem of ours.
  const isGone = !problem && [502, 503, 504].includes(response.status);
  reportReachable(!isGone);
  if (isGone) throw unreachable(response.status);
  if (problem) throw new ApiError('problem', problem.detail, { problem });
  if (isOfAnother(response)) throw new ApiError('unexpected', anotherAnswers());
  if (!response.ok)
    throw new ApiError('unexpected', `The service answered with HTTP status ${response.status}.`);
  return response;
}

/** A path with the parameters that are given, as a URL. */
export function withQuery(path: string, parameters: Record<string, string | number | undefined>): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

function readText(response: Response): Promise<string> {
  return response.text().catch((cause: unknown) => {
    throw unreachable(cause);
  });
}

/** Whether this can be no answer of the service: to what this page asks for it answers no HTML, and no mere 404. */
function isOfAnother({ status, headers }: Response): boolean {
  return status === 404 || (headers.get('Content-Type')?.startsWith('text/html') ?? false);
}

/** A static host that nobody told where the API is, or a page to log in at, for instance. */
function anotherAnswers(): string {
  return `What answers at ${apiUrl('')} is not the staging service. Reload this page, or correct config.json beside it.`;
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

function unreachable(cause: unknown): ApiError {
  return new ApiError('unreachable', 'The service does not answer.', { cause });
}
