import * as z from 'zod';
import { usernameSchema } from '../../model/paths.ts';

/** For whom a download is. */
export const downloadQuerySchema = z.object({
  username: usernameSchema.prefault('anonymous').describe('for whom it is recorded'),
});
