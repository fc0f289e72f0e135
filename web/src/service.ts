import { operationPageSchema, operationSchema } from '../../shared/http/contract/operations.ts';
import { fetchAnswer, fetchJson, fetchText, withQuery } from './api.ts';
import {
  allowedMethodsSchema,
  type BrowsePage,
  browsePageSchema,
  fileCreatedSchema,
  type Operation,
  type StagedAnswer,
  stagedAnswerSchema,
} from './schemas.ts';
import { refreshAll } from './usePolled.ts';

/** What the stage form asks for. */
export interface StagingOrder {
  readonly method: string;
  readonly username: string;
  readonly source: string;
  readonly target: string;
  /** The user's own JupyterHub token, or ''. */
  readonly jupyterToken: string;
}

export interface OperationsQuery {
  readonly phase: string;
  readonly username: string;
  readonly cursor: string | undefined;
}

export interface LogsQuery {
  readonly level: string;
  readonly limit: string;
  readonly operation: string | undefined;
}

/** The staging methods that this site offers. */
export async function listMethods(signal: AbortSignal): Promise<string[]> {
  return (await fetchJson(allowedMethodsSchema, '/config/allowed-methods', { signal })).allowed_methods;
}

export function browse(path: string, cursor: string | undefined, signal: AbortSignal): Promise<BrowsePage> {
  return fetchJson(browsePageSchema, withQuery('/browse', { path, cursor, limit: 100 }), { signal });
}

export function listOperations(query: OperationsQuery, signal: AbortSignal) {
  return fetchJson(operationPageSchema, withQuery('/operations', { ...query, limit: 25 }), { signal });
}

export function getOperation(id: string, signal: AbortSignal): Promise<Operation> {
  return fetchJson(operationSchema, `/operations/${encodeURIComponent(id)}`, { signal });
}

export function readLogs(query: LogsQuery, signal: AbortSignal): Promise<string> {
  return fetchText(withQuery('/logs', { ...query }), { signal });
}

/** Stages, and waits until that is done, however long it takes. */
export function stage({ method, username, source, target, jupyterToken }: StagingOrder): Promise<StagedAnswer> {
  const url = withQuery('/stage_data', { method, username, jupyter_token: jupyterToken });
  const body = { local_path_on_storage: source, relative_path: target };
  return fetchJson(stagedAnswerSchema, url, post(body)).finally(refreshAll);
}

/** Creates a file in the source storage; answers what the service says of it. */
export async function createFile(filename: string, content: string): Promise<string> {
  const answer = await fetchJson(fileCreatedSchema, '/create-file', post({ filename, content }));
  return answer.message;
}

/** The URL that a source's bytes are downloaded from. */
export function downloadUrl(source: string, username: string): string {
  const path = source.split('/').map(encodeURIComponent).join('/');
  return withQuery(`/download/${path}`, { username });
}

/**
 * Makes sure that a download can begin: the browser would show an error of it nowhere.
 * @throws ApiError why it cannot
 */
export async function checkDownload(url: string): Promise<void> {
  const head = await fetch(url, { method: 'HEAD' }).catch(() => undefined);
  if (head?.ok) return;
  // An answer to HEAD has no body that says what is wrong; the same question by GET has.
  const stop = new AbortController();
  await fetchAnswer(url, { signal: stop.signal });
  stop.abort();
}

function post(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
