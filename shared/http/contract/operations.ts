import * as z from 'zod';
import { findErrorDefinition } from '../../errors/errorTable.ts';
import { isoTime } from '../../model/isoTime.ts';
import { dataStateOf, dataStates, type Operation, phases } from '../../model/operation.ts';
import { pageOrders } from '../../model/operations/lists.ts';
import { isRetryable } from '../../model/operations/retryability.ts';
import { averageSpeed } from '../../model/operations/transferSpeed.ts';
import { type UserView, userPlaceOf } from '../../model/operations/userView.ts';
import type { StagedState } from '../../staging/staged/stagedState.ts';
import type { operationSchema, stagedStateSchema } from './answers/operations.ts';

const timeQuery = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** A cursor, which is opaque to clients. Its creator validates it. */
export const cursorSchema = z
  .string()
  .meta({ override: { minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9_-]+$' } });

/** Which operations to list. */
export const operationListQuerySchema = z.object({
  phase: z.enum(phases).optional(),
  method: z.string().optional(),
  username: z.string().optional(),
  batch: z.uuid().toLowerCase().optional().describe('only items of this batch'),
  data: z
    .enum(dataStates)
    .optional()
    .describe('only operations with data in a user area whose last known state is this one'),
  since: timeQuery.optional().describe('only operations requested at this time or later (ISO 8601)'),
  until: timeQuery.optional().describe('only operations requested before this time (ISO 8601)'),
  text: z
    .string()
    .max(256)
    .optional()
    .describe(
      'only operations with this text in username or a path; each page searches at most 10,000 operations',
    ),
  order: z
    .enum(pageOrders)
    .default('newest')
    .describe(
      'sort order: by the time of the request; or, among the newest 10,000 (see sorted_since), by bytes_total or by the time from start to end, with unknown values last',
    ),
  format: z
    .enum(['json', 'csv'])
    .optional()
    .describe('csv, like Accept: text/csv, returns all operations and ignores the limit'),
  cursor: cursorSchema.optional().describe('next_cursor of the previous page'),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});

/** How to return one operation. */
export const operationQuerySchema = z.object({
  wait: z
    .string()
    .regex(/^-?\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().int().min(-1))
    .default(0)
    .meta({ override: { type: 'integer', minimum: -1, default: 0 } })
    .describe(
      'seconds to wait for a change of phase while it is PENDING, QUEUED or EXECUTING; -1 for the maximum, 50',
    ),
});

const digestFormatSchema = z.enum(['json', 'sha256sums']);

/** The formats of staged data's digests. */
export type StagedDigestsFormat = z.output<typeof digestFormatSchema>;

/** How to return the digests of staged data. */
export const stagedDigestsQuerySchema = z.object({
  format: digestFormatSchema
    .optional()
    .describe('sha256sums, like Accept: text/plain, returns lines for sha256sum -c; the default is JSON'),
});

/** The state of staged data, as the API shows it. */
export function stagedStateJson(
  operation: Operation,
  { state, reason, source }: StagedState,
  site: UserView,
): z.output<typeof stagedStateSchema> {
  const {
    location,
    notebook_path,
    open_url,
    finished_at,
    expires_at,
    removed_at,
    removed_by,
    removal_reason,
  } = operationJson(operation, site);
  const { id, finishedAt } = operation;
  return {
    ...{ operation_id: id, state, reason, source, location, notebook_path, open_url },
    bytes: operation.bytesTotal ?? operation.bytesDone,
    files: operation.filesTotal ?? operation.filesDone,
    staged_at: finished_at,
    age_seconds: finishedAt && Math.max(0, Math.round((Date.now() - finishedAt.getTime()) / 1000)),
    ...{ expires_at, removed_at, removed_by, removal_reason },
  };
}

/** Which operations to listen to. */
export const operationEventsQuerySchema = operationListQuerySchema
  .pick({ method: true, username: true, batch: true })
  .extend({
    phase: z.enum(phases).optional().describe('only events of operations in this phase'),
  });

/** An operation as the API shows it to users of this site, with its rate since its start, or a measured one. */
export function operationJson(
  operation: Operation,
  site: UserView,
  speed = averageSpeed(operation),
): z.output<typeof operationSchema> {
  const definition = findErrorDefinition(operation.errorCode);
  const place = userPlaceOf(operation, site);
  return {
    id: operation.id,
    phase: operation.phase,
    outcome: operation.outcome,
    method: operation.method,
    username: operation.username,
    actor: operation.actor,
    local_path_on_storage: operation.localPathOnStorage,
    relative_path: operation.relativePath,
    error_code: operation.errorCode,
    error_reason: operation.errorReason,
    error_class: definition?.class ?? null,
    remedy: definition?.remedy ?? null,
    retryable: isRetryable(operation),
    request_id: operation.requestId,
    waiting_for: operation.phase === 'QUEUED' ? operation.waitingFor : null,
    batch_id: operation.batchId,
    bytes_total: operation.bytesTotal,
    bytes_done: operation.bytesDone,
    files_total: operation.filesTotal,
    files_done: operation.filesDone,
    rate_bytes_per_second: speed.bytesPerSecond,
    seconds_left: speed.secondsLeft,
    sha256: operation.sha256,
    adler32: operation.adler32,
    md5: operation.md5,
    source_location: operation.sourceLocation,
    range_requests: operation.rangeRequests,
    location: operation.location,
    notebook_path: place.notebookPath,
    open_url: place.url,
    link_type: operation.linkType,
    attempts: operation.attempts,
    created_at: isoTime(operation.createdAt),
    started_at: operation.startedAt && isoTime(operation.startedAt),
    finished_at: operation.finishedAt && isoTime(operation.finishedAt),
    expires_at: operation.expiresAt && isoTime(operation.expiresAt),
    removed_at: operation.removedAt && isoTime(operation.removedAt),
    // During a removal, these show who requested it.
    removed_by: operation.removedAt && operation.removedBy,
    removal_reason: operation.removedAt && operation.removalReason,
    data: dataStateOf(operation),
    present: operation.present,
  };
}
