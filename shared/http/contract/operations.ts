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
import type { StagedState } from '../../staging/stagedState.ts';

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
    actor: z.string().nullable().describe('who asked for it, where that is not the user'),
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
      .describe('what Rucio says of the rule that it waits for, while it is QUEUED for that'),
    batch_id: z.string().nullable().describe('the batch that it is an item of'),
    bytes_total: count.nullable(),
    bytes_done: count,
    files_total: count.nullable(),
    files_done: count,
    rate_bytes_per_second: count.nullable().describe('while it is EXECUTING, if known'),
    seconds_left: count.nullable().describe('at this rate; null if the rate or the total is unknown'),
    sha256: z.string().nullable(),
    adler32: z.string().nullable().describe('8 hex digits, as Rucio writes it'),
    md5: z.string().nullable(),
    source_location: z
      .string()
      .nullable()
      .describe(
        'where the source was that Rucio named: a path or an s3:// address; of a dataset, what it was',
      ),
    range_requests: count
      .nullable()
      .describe(
        'how many ranges of a file a direct_download has sent, if more than one; bytes_done is of all of them',
      ),
    location: z.string().nullable().describe('where the data of a COMPLETED operation is, for the service'),
    notebook_path: z
      .string()
      .nullable()
      .describe("where it is in the notebooks of the user, if the site's NOTEBOOK_PATH says so"),
    open_url: z
      .string()
      .nullable()
      .describe(
        "the address that shows it, if the site's USER_AREA_URL, or of jupyter_copy NOTEBOOK_SERVER_URL, says so",
      ),
    link_type: z.enum(['hard', 'symbolic']).nullable().describe('what symlink_copy made'),
    attempts: count,
    created_at: time,
    started_at: time.nullable(),
    finished_at: time.nullable(),
    expires_at: time.nullable().describe('when the data is removed; null for never, and once it is removed'),
    removed_at: time.nullable().describe('when the data was removed'),
    removed_by: z.string().nullable().describe('who asked for the removal'),
    removal_reason: z.enum(removalReasons).nullable(),
    data: z
      .enum(dataStates)
      .nullable()
      .describe(
        'of data that it has put into a user area, as far as is known: there, removed by somebody, or removed because its lifetime was over',
      ),
    present: z
      .enum(presentVersions)
      .nullable()
      .describe(
        'of what was already present: whether it is of the source as it is now, of another version or source, or unknown',
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
      .describe('the cursor of the next page, even if this one is not full; null on the last one'),
    sorted_since: time
      .nullable()
      .describe(
        'by size or duration the newest 10,000 matches are sorted: those requested at this time or later, and older ones with until; null if all are',
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
    .describe(
      'only operations that have put data into a user area, which is in this state as far as is known',
    ),
  since: timeQuery.optional().describe('only operations requested at this time or later (ISO 8601)'),
  until: timeQuery.optional().describe('only operations requested before this time (ISO 8601)'),
  text: z
    .string()
    .max(256)
    .optional()
    .describe(
      'only operations with this text in username or a path; each page looks at 10,000 operations at most',
    ),
  order: z
    .enum(pageOrders)
    .default('newest')
    .describe(
      'which come first: by the time of the request; or of the newest 10,000 (see sorted_since) by bytes_total or the time from start to end, those without last',
    ),
  format: z
    .enum(['json', 'csv'])
    .optional()
    .describe('csv, like Accept: text/csv, returns all operations and ignores the limit'),
  cursor: cursorSchema.optional().describe('next_cursor of the page before'),
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
      'seconds to wait for another phase while it is PENDING, QUEUED or EXECUTING; -1 for the most, 50',
    ),
});

const digestFormatSchema = z.enum(['json', 'sha256sums']);

/** The formats of staged data's digests. */
export type StagedDigestsFormat = z.output<typeof digestFormatSchema>;

/** How to return the digests of staged data. */
export const stagedDigestsQuerySchema = z.object({
  format: digestFormatSchema
    .optional()
    .describe('sha256sums, like Accept: text/plain, returns lines that sha256sum -c reads; else JSON'),
});

/** The digests of staged data. */
export const stagedDigestsSchema = z
  .object({
    operation_id: z.uuid(),
    algorithm: z.literal('sha256'),
    files: z.array(
      z.object({
        path: z.string().describe('from the folder that was staged, or the name of the file'),
        sha256: z.string(),
      }),
    ),
    links_left_out: count.describe(
      'how many symbolic links are not listed, because they lead to bytes that were not staged',
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
        'present: as it was staged; changed: something else is there; gone: its user has moved or removed it; removed: by this service',
      ),
    reason: z.string().nullable().describe('why it is not as it was staged'),
    source: z
      .enum(presentVersions)
      .nullable()
      .describe('of what is present: whether it is of the source as that is now'),
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
  const shown = operationJson(operation, site);
  const { finishedAt } = operation;
  return {
    operation_id: operation.id,
    state,
    reason,
    source,
    location: shown.location,
    notebook_path: shown.notebook_path,
    open_url: shown.open_url,
    bytes: operation.bytesTotal ?? operation.bytesDone,
    files: operation.filesTotal ?? operation.filesDone,
    staged_at: shown.finished_at,
    age_seconds: finishedAt && Math.max(0, Math.round((Date.now() - finishedAt.getTime()) / 1000)),
    expires_at: shown.expires_at,
    removed_at: shown.removed_at,
    removed_by: shown.removed_by,
    removal_reason: shown.removal_reason,
  };
}

/** Which operations to listen to. */
export const operationEventsQuerySchema = operationListQuerySchema
  .pick({ method: true, username: true, batch: true })
  .extend({
    phase: z.enum(phases).optional().describe('only states of operations in this phase'),
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
