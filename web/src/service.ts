import { createdFileSchema, directoryPageSchema } from '../../shared/http/contract/files.ts';
import { operationPageSchema, operationSchema } from '../../shared/http/contract/operations.ts';
import { allowedMethodsSchema } from '../../shared/http/contract/site.ts';
import { fetchAnswer, fetchJson, fetchText, withQuery } from './api.ts';
import { apiUrl } from './apiAddress.ts';
import { stagedAnswerSchema } from './schemas.ts';
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

/** Which operations to list; '' stands for any. */
export interface OperationsQuery {
  readonly phase: string;
  readonly username: string;
  readonly cursor: string | undefined;
}

/** Which lines of the log to read; '' and undefined stand for any. */
export interface LogsQuery {
  readonly level: string;
  readonly limit: string;
  readonly operation: string | undefined;
}

/** The staging methods that this site offers. */
export async function listMethods(signal: AbortSignal): Promise<string[]> {
  return (await fetchJson(allowedMethodsSchema, '/config/allowed-methods', { signal })).allowed_methods;
}

export function browse(path: string, cursor: string | undefined, signal: AbortSignal) {
  return fetchJson(directoryPageSchema, withQuery('/browse', { path, cursor, limit: 100 }), { signal });
}

export function listOperations(query: OperationsQuery, signal: AbortSignal) {
  return fetchJson(operationPageSchema, withQuery('/operations', { ...query, limit: 25 }), { signal });
}

export function getOperation(id: string, signal: AbortSignal) {
  return fetchJson(operationSchema, `/operations/${encodeURIComponent(id)}`, { signal });
}

export function readLogs(query: LogsQuery, signal: AbortSignal): Promise<string> {
  return fetchText(withQuery('/logs', { ...query }), { signal });
}

/** Stages, and waits until that is done, however long it takes. */
export function stage({ method, username, source, target, jupyterToken }: StagingOrder) {
  const url = withQuery('/stage_data', { method, username, jupyter_token: jupyterToken });
  const body = { local_path_on_storage: source, relative_path: target };
  return fetchJson(stagedAnswerSchema, url, post(body)).finally(refreshAll);
}

/** Creates a text file in the source storage. */
export function createFile(filename: string, content: string) {
  return fetchJson(createdFileSchema, '/create-file', post({ filename, content })).finally(refreshAll);
}

/**
 * The URL to download a source from, once it is sure that the download can begin: a browser shows nobody why a
 * download failed.
 * @throws ApiError why it cannot
 */
export async function prepareDownload(order: StagingOrder): Promise<string> {
  const names = order.source.split('/');
  // In a URL, the browser itself would follow "..", to somewhere else; in a body, the service sees and refuses it.
  if (names.includes('..')) await stage(order);
  const encodedNames = names.filter((name) => name !== '.').map(encodeURIComponent);
  const path = withQuery(`/download/${encodedNames.join('/')}`, { username: order.username });
  // An object store that a redirect leads to need not let this page in: only the browser's download has to.
  const head = await fetch(apiUrl(path), { method: 'HEAD', redirect: 'manual' }).catch(() => undefined);
  const canBegin = head?.ok || head?.type === 'opaqueredirect';
  // An answer to HEAD has no body that says what is wrong; the answer to the same question by GET has.
  if (!canBegin) await fetchAnswer(path).then((response) => response.body?.cancel());
  return apiUrl(path);
}

function post(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
