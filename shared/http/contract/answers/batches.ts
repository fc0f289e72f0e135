import * as z from 'zod';
import { phases } from '../../../model/operation.ts';
import { operationSchema } from './operations.ts';

const count = z.number().int().nonnegative();

const time = z.iso.datetime();

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
