import * as z from 'zod';
import { usernameSchema } from '../../model/paths.ts';

/** The user of a download. */
export const downloadQuerySchema = z.object({
  link: z.string().optional().describe('of POST /download-links: instead of a login'),
  username: usernameSchema.optional().describe('the user in the record'),
});
