import * as z from 'zod';
import { errorClasses } from '../../../errors/errorTable.ts';

/** An error, as RFC 9457 problem details with our own members. */
export const problemSchema = z
  .object({
    type: z.string().describe('URI that identifies the kind of error'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('explanation of this error, for users'),
    instance: z.string().describe('the path of the request'),
    code: z.string().describe('stable code, from the table of errors'),
    class: z.enum(errorClasses),
    retryable: z.boolean().describe('whether a retry of the same request may succeed'),
    remedy: z.string().describe('what to do about it'),
    request_id: z.string().optional(),
    operation_id: z.string().optional(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }).meta({ id: 'FieldError' }))
      .optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.output<typeof problemSchema>;
