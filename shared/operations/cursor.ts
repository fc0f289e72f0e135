import * as z from 'zod';
import { StagingError } from '../errors/stagingError.ts';

const cursorSchema = z
  .string()
  .max(64)
  .transform((text) => Buffer.from(text, 'base64url').toString())
  .pipe(z.uuidv7());

/** The cursor of the page that goes on below this id: base64url, opaque to clients. */
export function makeCursor(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** The id that the page of this cursor goes on below. @throws BODY_INVALID for one that makeCursor did not make */
export function parseCursor(cursor: string): string {
  const parsed = cursorSchema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  const message = 'This is no cursor that the service gave.';
  throw new StagingError(
    'BODY_INVALID',
    { reason: `query.cursor: ${message}` },
    { errors: [{ path: 'query.cursor', message }] },
  );
}
