import * as z from 'zod';
import { errorClasses } from '../../../errors/errorTable.ts';
import { dataStates, phases, presentVersions, removalReasons } from '../../../model/operation.ts';

/** A number of something. */
export const count = z.number().int().nonnegative();

/** A time in UTC. */
export const time = z.iso.datetime();

/** A text, or null where there is none. */
export const text = z.string().nullable();

/** An operation, as the API shows it. */
export const operationSchema = z
  .object({
    id: z.uuid().describe('UUID of version 7: ids sort by the time of the request'),
    phase: z.enum(phases).describe('IVOA UWS 1.1 phase'),
    outcome: z.enum(['staged', 'already_present']).nullable().describe('of a COMPLETED operation'),
    method: text,
    username: text,
    actor: text.describe('who requested it, if that is not the user'),
    local_path_on_storage: text,
    relative_path: text,
    error_code: text.describe('a code of the error table'),
    error_reason: text,
    error_class: z.enum(errorClasses).nullable().describe('transient errors may succeed on a retry'),
    remedy: text.describe('what to do about the error'),
    retryable: z.boolean().describe('whether POST /operations/{id}/retry would be accepted now'),
    request_id: text,
    waiting_for: text.describe(
      'the state that Rucio reports of the rule, while the operation is QUEUED for it',
    ),
    batch_id: text.describe('the batch that the operation belongs to'),
    bytes_total: count.nullable(),
    bytes_done: count,
    files_total: count.nullable(),
    files_done: count,
    rate_bytes_per_second: count.nullable().describe('while it is EXECUTING, if known'),
    seconds_left: count
      .nullable()
      .describe('estimated from this rate; null if the rate or the total is unknown'),
    sha256: text,
    adler32: text.describe('8 hex digits, as Rucio writes it'),
    md5: text,
    source_location: text.describe(
      'where the replica named by Rucio was: a path or an s3:// address; for a dataset, what was listed and when',
    ),
    range_requests: count
      .nullable()
      .describe(
        'number of ranges of a file that a direct_download has sent, if more than one; bytes_done is their total',
      ),
    location: text.describe('path of the data of a COMPLETED operation, as the service sees it'),
    notebook_path: text.describe("path of the data in the user's notebooks, if the site sets NOTEBOOK_PATH"),
    open_url: text.describe(
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
    removed_by: text.describe('who requested the removal'),
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
    next_cursor: text.describe(
      'cursor of the next page, which may exist even if this page is not full; null on the last page',
    ),
    sorted_since: time
      .nullable()
      .describe(
        'sorting by size or duration covers the newest 10,000 matches: those requested at this time or later. Use until for older ones. null if all matches are sorted',
      ),
  })
  .meta({ id: 'OperationPage' });

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
    reason: text.describe('why the data is not present and unchanged'),
    source: z
      .enum(presentVersions)
      .nullable()
      .describe('for data that is present: whether it is the current version of the source'),
    location: text,
    notebook_path: text,
    open_url: text,
    bytes: count.nullable(),
    files: count.nullable(),
    staged_at: time.nullable(),
    age_seconds: count.nullable(),
    expires_at: time.nullable(),
    removed_at: time.nullable(),
    removed_by: text,
    removal_reason: z.enum(removalReasons).nullable(),
  })
  .meta({ id: 'StagedState' });

/** The answer when data was staged or already present. */
export const stagedAnswerSchema = z
  .object({
    status: z.literal('success'),
    message: z.string(),
    operation: operationSchema,
  })
  .meta({ id: 'StagedAnswer' });

/** The answer when an operation continues after it. */
export const acceptedAnswerSchema = z
  .object({
    status: z.literal('accepted'),
    message: z.string(),
    operation: operationSchema,
  })
  .meta({ id: 'AcceptedAnswer' });
