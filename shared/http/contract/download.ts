import * as z from 'zod';
import { usernameSchema } from '../../model/paths.ts';

/** The user of a download. */
export const downloadQuerySchema = z.object({
  link: z.string().optional().describe('token of a link created by POST /download-links, instead of a login'),
  username: usernameSchema.optional().describe('the user to record the download for'),
});
