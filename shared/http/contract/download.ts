import * as z from 'zod';
import { usernameSchema } from '../../model/paths.ts';

/** The user of a download. */
export const downloadQuerySchema = z.object({
  username: usernameSchema.optional().describe('the user in the record'),
});
