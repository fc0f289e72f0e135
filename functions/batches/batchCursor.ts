import * as z from 'zod';
import { parsePart } from '../../shared/http/validation.ts';
import type { BatchCursor } from '../../shared/model/batch.ts';
import { phases } from '../../shared/model/operation.ts';

const cursorSchema = z
  .string()
  .max(128)
  .transform((text) => Buffer.from(text, 'base64url').toString().split(':'))
  .pipe(z.tuple([z.enum(phases), z.uuid()]))
  .transform(([phase, id]): BatchCursor => ({ phase, id }));

/** A cursor for clients: base64url, opaque to them. */
export function makeBatchCursor({ phase, id }: BatchCursor): string {
  return Buffer.from(`${phase}:${id}`).toString('base64url');
}

/** What a cursor stands for. @throws BODY_INVALID for one that `makeBatchCursor` did not make */
export function parseBatchCursor(cursor: string): BatchCursor {
  return parsePart({ name: 'query.cursor', value: cursor, schema: cursorSchema });
}
