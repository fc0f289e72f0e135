import * as z from 'zod';
import { errorClasses, findErrorDefinition } from '../../errors/errorTable.ts';
import { isoTime } from '../../model/isoTime.ts';
import {
  dataStateOf,
  dataStates,
  type Operation,
  pageOrders,
  phases,
  presentVersions,
  removalReasons,
} from '../../model/operation.ts';
import { isRetryable } from '../../model/retryability.ts';
import { averageSpeed } from '../../model/transferSpeed.ts';
import { type UserView, userPlaceOf } from '../../model/userView.ts';
import type { StagedState } from '../../staging/staged/stagedState.ts';

const count = z.number().int().nonnegative();
const time = z.iso.datetime();
const timeQuery = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** A cursor, which is opaque to clients. Its creator validates it. */
export const cursorSchema = z
  .string()
  .meta({ override: { minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9_-]+$' } });

/** An operation, as the API shows it. */
export const operationSchema = z
  .object({
    id: z.uuid().describe('UUID of version 7: ids sort by the time of the request'),
    phase: z.enum(phases).describe('IVOA UWS 1.1 phase'),
    outcome: z.enum(['staged', 'already_present']).nullable().describe('of a COMPLETED operation'),
    method: z.string().nullable(),
    username: z.string().nullable(),
    actor: z.string().nullable().describe('who requested it, if that is not the user'),
    local_path_on_storage: z.string().nullable(),
    relative_path: z.string().nullable(),
    error_code: z.string().nullable().describe('a code of the error table'),
    error_reason: z.string().nullable(),
    error_class: z.enum(errorClasses).nullable().describe('transient errors may succeed on a retry'),
    remedy: z.string().nullable().describe('what to do about the error'),
    retryable: z.boolean().describe('whether POST /operations/{id}/retry would be accepted now'),
    request_id: z.string().nullable(),
    waiting_for: z
      .string()
      .nullable()
      .describe('the state that Rucio reports of the rule, while the operation is QUEUED for it'),
    batch_id: z.string().nullable().describe('the batch that the operation belongs to'),
    bytes_total: count.nullable(),
    bytes_done: count,
    files_total: count.nullable(),
    files_done: count,
    rate_bytes_per_second: count.nullable().describe('while it is EXECUTING, if known'),
    seconds_left: count
      .nullable()
      .describe('estimated from this rate; null if the rate or the total is unknown'),
    sha256: z.string().nullable(),
    adler32: z.string().nullable().describe('8 hex digits, as Rucio writes it'),
    md5: z.string().nullable(),
    source_location: z
      .string()
      .nullable()
      .describe(
        'where the replica named by Rucio was: a path or an s3:// address; for a dataset, what was listed and when',
      ),
    range_requests: count
      .nullable()
      .describe(
        'number of ranges of a file that a direct_download has sent, if more than one; bytes_done is their total',
      ),
    location: z
      .string()
      .nullable()
      .describe('path of the data of a COMPLETED operation, as the service sees it'),
    notebook_path: z
      .string()
      .nullable()
      .describe("path of the data in the user's notebooks, if the site sets NOTEBOOK_PATH"),
    open_url: z
      .string()
      .nullable()
      .describe(
        'the URL that opens the data, if the site sets USER_AREA_URL (or NOTEBOOK_SERVER_URL, for jupyter_copy)',
      ),
    link_type: z.enum(['hard', 'symbolic']).nullable().describe('the kind of link that symlink_copy made'),
    attempts: count,
    created_at: time,
    started_at: time.nullable(),
    finished_at: time.nullable(),
    expires_at: time
      .nullable()
      .describe('when the data expires and is removed; null if never, and after its removal'),
    removed_at: time.nullable().describe('when the data was removed'),
    removed_by: z.string().nullable().describe('who requested the removal'),
    removal_reason: z.enum(removalReasons).nullable(),
    data: z
      .enum(dataStates)
      .nullable()
      .describe('last known state of the data in the user area: present, removed on request, or expired'),
    present: z
      .enum(presentVersions)
      .nullable()
      .describe(
        'for data that was already present: whether it is the current version of the source (same), another version or another source (differs), or unknown',
      ),
  })
  .meta({ id: 'Operation' });

/** A page of operations. */
export const operationPageSchema = z
  .object({
    operations: z.array(operationSchema),
    next_cursor: z
      .string()
      .nullable()
      .describe(
        'cursor of the next page, which may exist even if this page is not full; null on the last page',
      ),
    sorted_since: time
      .nullable()
      .describe(
        'sorting by size or duration covers the newest 10,000 matches: those requested at this time or later. Use until for older ones. null if all matches are sorted',
      ),
  })
  .meta({ id: 'OperationPage' });

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

/** The digests of staged data. */
export const stagedDigestsSchema = z
  .object({
    operation_id: z.uuid(),
    algorithm: z.literal('sha256'),
    files: z.array(
      z.object({
        path: z.string().describe('relative to the staged folder, or the name of the file'),
        sha256: z.string(),
      }),
    ),
    links_left_out: count.describe(
      'number of symbolic links that are not listed, because their targets were not staged',
    ),
  })
  .meta({ id: 'StagedDigests' });

/** The progress of digests that are being computed. */
export const computingDigestsSchema = z
  .object({
    status: z.literal('computing'),
    files_done: count,
    bytes_done: count,
    bytes_total: count.nullable(),
  })
  .meta({ id: 'ComputingDigests' });

/** The state of staged data. */
export const stagedStateSchema = z
  .object({
    operation_id: z.uuid(),
    state: z
      .enum(['present', 'changed', 'gone', 'removed'])
      .describe(
        'present: unchanged; changed: modified or replaced since it was staged; gone: moved or removed by a user; removed: removed by this service',
      ),
    reason: z.string().nullable().describe('why the data is not present and unchanged'),
    source: z
      .enum(presentVersions)
      .nullable()
      .describe('for data that is present: whether it is the current version of the source'),
    location: z.string().nullable(),
    notebook_path: z.string().nullable(),
    open_url: z.string().nullable(),
    bytes: count.nullable(),
    files: count.nullable(),
    staged_at: time.nullable(),
    age_seconds: count.nullable(),
    expires_at: time.nullable(),
    removed_at: time.nullable(),
    removed_by: z.string().nullable(),
    removal_reason: z.enum(removalReasons).nullable(),
  })
  .meta({ id: 'StagedState' });

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
