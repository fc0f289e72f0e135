import * as z from 'zod';
import { type Batch, type BatchCounts, phaseOfCounts } from '../../model/batch.ts';
import { stagingMethodNames } from '../../model/methods.ts';
import { type Operation, phases } from '../../model/operation.ts';
import type { batchSchema } from './answers/batches.ts';
import { cursorSchema } from './operations.ts';
import {
  givenItemSchema,
  lifetimeSchema,
  sourceTextSchema,
  stagingQuerySchema,
  targetTextSchema,
} from './staging.ts';

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
