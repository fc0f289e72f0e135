import { z } from 'zod';
import type { ApiError } from '../api/apiError.ts';
import type { BatchItem } from '../api/operations/batches.ts';
import { parseJson } from '../api/parseJson.ts';
import { createStore } from './store.ts';

/** How many requests are remembered; older ones are found among the operations. */
const most = 100;
const storageKey = 'requests';

const askedSchema = z.object({
  key: z.string(),
  /** The request key of the last request to the service. */
  name: z.string().optional(),
  hasEnded: z.boolean().optional(),
});

const singleSchema = askedSchema.extend({
  order: z.object({ method: z.string(), username: z.string(), source: z.string(), target: z.string() }),
  operationId: z.string().optional(),
  /** Of a started download: the newest operation before its own, or ''. */
  downloadedAfter: z.string().optional(),
});

const batchSchema = askedSchema.extend({
  batch: z.object({
    method: z.string(),
    username: z.string(),
    folder: z.string(),
    keepsFolders: z.boolean(),
    isAllOrNothing: z.boolean(),
    itemsTotal: z.number(),
    firstItems: z.array(z.object({ local_path_on_storage: z.string(), relative_path: z.string() })),
  }),
  batchId: z.string().optional(),
});

/** A request for one operation. */
export interface SingleRequest extends z.output<typeof singleSchema> {
  /** Why the service refused it. */
  readonly error?: ApiError | undefined;
}

/** A request for a batch. */
export interface BatchRequest extends z.output<typeof batchSchema> {
  readonly error?: ApiError | undefined;
  /** All its items, until the service has accepted it. */
  readonly items?: readonly BatchItem[] | undefined;
}

/** A request made from this page, in this tab; it survives a reload. */
export type StagingRequest = SingleRequest | BatchRequest;

const requests = createStore(read(), write);

/** All requests, newest first. */
export const useRequests = (): readonly StagingRequest[] => requests.use();

/** Adds new requests before all others. */
export function addRequests(added: readonly StagingRequest[]): void {
  requests.set([...added, ...requests.get()].slice(0, most));
}

/** Updates the state of a request. */
export function updateRequest(
  key: string,
  changed: Partial<Omit<SingleRequest, 'order'>> & Partial<Omit<BatchRequest, 'batch'>>,
): void {
  requests.set(requests.get().map((request) => (request.key === key ? { ...request, ...changed } : request)));
}

/** Removes the matching requests; their operations stay in the record. */
export function forgetRequests(isToGo: (request: StagingRequest) => boolean): void {
  requests.set(requests.get().filter((request) => !isToGo(request)));
}

function read(): readonly StagingRequest[] {
  try {
    const text = sessionStorage.getItem(storageKey) ?? '[]';
    return z.array(z.union([singleSchema, batchSchema])).safeParse(parseJson(text)).data ?? [];
  } catch {
    // The user has disabled storage; then nothing is remembered.
    return [];
  }
}

/** Whether the service has recorded it. */
function isTaken(request: StagingRequest): boolean {
  if ('batch' in request) return request.batchId !== undefined;
  return request.operationId !== undefined || request.downloadedAfter !== undefined;
}

function write(all: readonly StagingRequest[]): void {
  const known = all.filter(isTaken).map((request) => ({ ...request, error: undefined, items: undefined }));
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(known));
  } catch {
    // As above.
  }
}
