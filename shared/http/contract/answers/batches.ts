import * as z from 'zod';
import { phases } from '../../../model/operation.ts';
import { count, operationSchema, text, time } from './operations.ts';

const phaseCountsSchema = z
  .object({ PENDING: count, QUEUED: count, EXECUTING: count, COMPLETED: count, ERROR: count, ABORTED: count })
  .meta({ id: 'PhaseCounts' });

/** A batch, as the API shows it. */
export const batchSchema = z
  .object({
    id: z.uuid().describe('UUID of version 7'),
    method: text,
    username: text,
    actor: text.describe('who requested it, if that is not the user'),
    phase: z
      .enum(phases)
      .describe(
        'PENDING while the list is being received; ERROR if the batch has ended and any of its operations has failed',
      ),
    all_or_nothing: z.boolean(),
    directory: text,
    relative_path: text,
    error_code: text.describe('why the whole batch was rejected or has failed'),
    error_reason: text,
    request_id: text,
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
    next_cursor: text,
  })
  .meta({ id: 'BatchDetail' });

/** A page of batches, newest first. */
export const batchPageSchema = z
  .object({ batches: z.array(batchSchema), next_cursor: text })
  .meta({ id: 'BatchPage' });
