import { useSyncExternalStore } from 'react';
import { z } from 'zod';
import type { ApiError } from '../api/apiError.ts';
import { parseJson } from '../api/parseJson.ts';

/** So many requests are remembered; older ones are found among the operations. */
const most = 100;
const storageKey = 'requests';

const requestSchema = z.object({
  key: z.string(),
  order: z.object({ method: z.string(), username: z.string(), source: z.string(), target: z.string() }),
  operationId: z.string().optional(),
  /** By what name the service was last asked for it. */
  name: z.string().optional(),
  /** Of a download that has begun: the newest operation before its own, or ''. */
  downloadedAfter: z.string().optional(),
  hasEnded: z.boolean().optional(),
});

/** What was asked for from this page, in this tab: it is still here after a reload. */
export interface StagingRequest extends z.output<typeof requestSchema> {
  /** Why the service did not take it. */
  readonly error?: ApiError | undefined;
}

let requests: readonly StagingRequest[] = read();
const listeners = new Set<() => void>();

/** All requests, newest first. */
export function useRequests(): readonly StagingRequest[] {
  return useSyncExternalStore(subscribe, () => requests);
}

/** Puts new requests before all others. */
export function addRequests(added: readonly StagingRequest[]): void {
  change([...added, ...requests].slice(0, most));
}

/** Says what has become of a request. */
export function updateRequest(key: string, changed: Partial<StagingRequest>): void {
  change(requests.map((request) => (request.key === key ? { ...request, ...changed } : request)));
}

/** Forgets the requests that this is so of; their operations stay in the record. */
export function forgetRequests(isToGo: (request: StagingRequest) => boolean): void {
  change(requests.filter((request) => !isToGo(request)));
}

function change(changed: readonly StagingRequest[]): void {
  requests = changed;
  for (const listener of listeners) listener();
  write();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(): readonly StagingRequest[] {
  try {
    const text = sessionStorage.getItem(storageKey) ?? '[]';
    return z.array(requestSchema).safeParse(parseJson(text)).data ?? [];
  } catch {
    // The user lets no page store anything; then nothing is remembered.
    return [];
  }
}

function write(): void {
  const known = requests.flatMap(({ error: _error, ...request }) =>
    request.operationId || request.downloadedAfter !== undefined ? [request] : [],
  );
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(known));
  } catch {
    // As above.
  }
}
