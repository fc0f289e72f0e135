import * as z from 'zod';
import { type Batch, type BatchCounts, phaseOfCounts } from '../../model/batch.ts';
import { stagingMethodNames } from '../../model/methods.ts';
import { type Operation, phases } from '../../model/operation.ts';
import { cursorSchema, operationSchema } from './operations.ts';
import {
  givenItemSchema,
  lifetimeSchema,
  sourceTextSchema,
  stagingQuerySchema,
  targetTextSchema,
} from './staging.ts';

const count = z.number().int().nonnegative();
const time = z.iso.datetime();

/** The largest number of items in one batch. */
const maxItems = 100_000;

/** The methods of batches. */
export const batchMethodSchema = z.enum(stagingMethodNames).exclude(['direct_download']);

/** The method and user; for a body of lines (NDJSON) also the members that it cannot contain. */
export const batchQuerySchema = z.object({
  // Any text is accepted, because an unknown method has an error of its own.
  method: z.string().meta({ override: { enum: batchMethodSchema.options } }),
  username: stagingQuerySchema.shape.username,
  all_or_nothing: z
    .stringbool({ truthy: ['true'], falsy: ['false'] })
    .meta({ override: { enum: ['true', 'false'] } })
    .optional()
    .describe('as in the body'),
  relative_path: targetTextSchema.optional().describe('as in the body'),
});

const allOrNothing = z
  .boolean()
  .describe('whether the data appears only when every item is complete; false by default');
const datasetFolder = targetTextSchema.describe('the folder in the user area that contains all items');

/** The members of a batch besides its items. */
export const batchMembersSchema = z.object({
  directory: sourceTextSchema
    .optional()
    .describe(
      'a directory of the source storage, s3://bucket/prefix/, or a dataset rucio://scope:name: every file beneath it is an item',
    ),
  relative_path: datasetFolder.optional(),
  all_or_nothing: allOrNothing.optional(),
  lifetime: lifetimeSchema.optional(),
});

/** The body of a request for a batch; it is parsed as a stream, and validated item by item. */
export const batchBodySchema = z.union([
  z
    .object({
      items: z.array(givenItemSchema).min(1).max(maxItems),
      relative_path: datasetFolder.optional(),
      all_or_nothing: allOrNothing.optional(),
      lifetime: lifetimeSchema.optional(),
    })
    .meta({
      id: 'BatchOfItems',
      if: { properties: { all_or_nothing: { const: true } }, required: ['all_or_nothing'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
      then: { properties: { relative_path: {} }, required: ['relative_path'] },
      example: { items: [{ local_path_on_storage: 'survey/a.fits', relative_path: 'project/a.fits' }] },
    }),
  z
    .object({
      directory: sourceTextSchema.describe('every file beneath it becomes an item'),
      relative_path: targetTextSchema.describe('the folder in the user area to stage it as'),
      all_or_nothing: allOrNothing.optional(),
      lifetime: lifetimeSchema.optional(),
    })
    .meta({ id: 'BatchOfDirectory', example: { directory: 'survey', relative_path: 'project/survey' } }),
]);

const phaseCountsSchema = z
  .object({ PENDING: count, QUEUED: count, EXECUTING: count, COMPLETED: count, ERROR: count, ABORTED: count })
  .meta({ id: 'PhaseCounts' });

/** A batch, as the API shows it. */
export const batchSchema = z
  .object({
    id: z.uuid().describe('UUID of version 7'),
    method: z.string().nullable(),
    username: z.string().nullable(),
    actor: z.string().nullable().describe('who requested it, if that is not the user'),
    phase: z
      .enum(phases)
      .describe(
        'PENDING while the list is being received; ERROR if the batch has ended and any of its operations has failed',
      ),
    all_or_nothing: z.boolean(),
    directory: z.string().nullable(),
    relative_path: z.string().nullable(),
    error_code: z.string().nullable().describe('why the whole batch was rejected or has failed'),
    error_reason: z.string().nullable(),
    request_id: z.string().nullable(),
    created_at: time,
    finished_at: time.nullable(),
    operations_total: count,
    counts: phaseCountsSchema.describe('how many operations are in each phase'),
    already_present: count.describe('operations whose data was already present'),
    bytes_total: count.describe('total of the operations whose size is known'),
    bytes_done: count,
  })
  .meta({ id: 'Batch' });

/** A batch with a page of its operations. */
export const batchDetailSchema = batchSchema
  .extend({
    operations: z.array(operationSchema).describe('failed ones first, then aborted, running, and others'),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'BatchDetail' });

/** A page of batches, newest first. */
export const batchPageSchema = z
  .object({ batches: z.array(batchSchema), next_cursor: z.string().nullable() })
  .meta({ id: 'BatchPage' });

/** Which operations of a batch to show. */
export const batchDetailQuerySchema = z.object({
  phase: z.enum(phases).optional().describe('only operations in this phase'),
  cursor: cursorSchema.optional().describe('next_cursor of the previous page'),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});

/** Which batches to list. */
export const batchListQuerySchema = z.object({
  username: z.string().optional(),
  cursor: cursorSchema.optional().describe('next_cursor of the previous page'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** A batch as the API shows it; `whole` is the operation that publishes an all-or-nothing batch. */
export function batchJson(
  batch: Batch,
  counts: BatchCounts,
  whole?: Operation | null,
): z.output<typeof batchSchema> {
  const isUnderWay = batch.phase === 'QUEUED';
  return {
    id: batch.id,
    method: batch.method,
    username: batch.username,
    actor: batch.actor,
    phase: isUnderWay ? (whole?.phase ?? phaseOfCounts(counts)) : batch.phase,
    all_or_nothing: batch.allOrNothing,
    directory: batch.directory,
    relative_path: batch.relativePath,
    error_code: batch.errorCode,
    error_reason: batch.errorReason,
    request_id: batch.requestId,
    created_at: batch.createdAt.toISOString(),
    finished_at: batch.finishedAt?.toISOString() ?? null,
    operations_total: batch.operationsTotal,
    counts: counts.phases,
    already_present: counts.alreadyPresent,
    bytes_total: counts.bytesTotal,
    bytes_done: counts.bytesDone,
  };
}
