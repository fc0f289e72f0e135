import { z } from 'zod';
import type { ApiError } from '../api/apiError.ts';
import { type BatchItem, batchOrderSchema } from '../api/operations/batches.ts';
import { stagingOrderSchema } from '../api/operations/operations.ts';
import { createStoredStore } from './store.ts';

/** How many requests are remembered; older ones are found among the operations. */
const most = 100;

const askedSchema = z.object({
  key: z.string(),
  /** The request key of the last request to the service. */
  name: z.string().optional(),
  hasEnded: z.boolean().optional(),
});

const singleSchema = askedSchema.extend({
  order: stagingOrderSchema,
  operationId: z.string().optional(),
  /** Of a started download: the newest operation before its own, or ''. */
  downloadedAfter: z.string().optional(),
});

const batchSchema = askedSchema.extend({
  batch: batchOrderSchema,
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

const requests = createStoredStore<readonly StagingRequest[]>({
  storage: 'sessionStorage',
  key: 'requests',
  schema: z.array(z.union([singleSchema, batchSchema])),
  initial: [],
  // Those that the service has recorded.
  kept: (all) => all.filter(isTaken).map((request) => ({ ...request, error: undefined, items: undefined })),
});

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

function isTaken(request: StagingRequest): boolean {
  if ('batch' in request) return request.batchId !== undefined;
  return request.operationId !== undefined || request.downloadedAfter !== undefined;
}
