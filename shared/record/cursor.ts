import * as z from 'zod';
import { StagingError } from '../errors/stagingError.ts';
import type { Operation } from '../model/operation.ts';
import type { PageOrder } from '../model/operations/lists.ts';
import { isTimeOrder, type TimeOrder } from './database/keyset.ts';

/** The values other than time that lists are sorted by. */
export type SortKey = 'size' | 'duration';

/** A sort by a value that an operation may lack; operations without it come last in both directions. */
export interface Sorting {
  readonly key: SortKey;
  readonly column: 'bytes_total' | 'duration_ms';
  readonly isDescending: boolean;
}

const size = { key: 'size', column: 'bytes_total' } as const;
const duration = { key: 'duration', column: 'duration_ms' } as const;

/** The sorts of the orders that are not by time. */
export const sortings: Readonly<Record<Exclude<PageOrder, TimeOrder>, Sorting>> = {
  largest: { ...size, isDescending: true },
  smallest: { ...size, isDescending: false },
  longest: { ...duration, isDescending: true },
  shortest: { ...duration, isDescending: false },
};

/** The value that an operation is sorted by: bytes, or milliseconds from its start to its end. */
function sortedValue({ bytesTotal, startedAt, finishedAt }: Operation, key: SortKey): number | null {
  if (key === 'size') return bytesTotal;
  return startedAt && finishedAt && finishedAt.getTime() - startedAt.getTime();
}

/** The position of an operation in a list sorted by a value, and by the id for equal values. */
export interface Place {
  readonly id: string;
  /** Null if unknown. */
  readonly value: number | null;
}

const valueSchema = z
  .string()
  .regex(/^(-?\d+)?$/)
  .transform((text) => (text === '' ? null : Number(text)))
  .pipe(z.number().int().nullable());

/** An id, preceded in a sorted list by the sort and the value. */
const cursorSchema = z
  .string()
  .max(128)
  .transform((text) => Buffer.from(text, 'base64url').toString().split(':'))
  .pipe(
    z.union([
      z.tuple([z.uuidv7()]).transform(([id]) => ({ key: 'time' as const, id, value: null })),
      z
        .tuple([z.enum(['size', 'duration']), valueSchema, z.uuidv7()])
        .transform(([key, value, id]) => ({ key, value, id })),
    ]),
  );

/** The cursor of the page after this id, in a list by time: base64url, opaque to clients. */
export function makeCursor(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** The cursor of the page after this position, in a list sorted by a value. */
export function makePlaceCursor({ id, value }: Place, key: SortKey): string {
  return Buffer.from(`${key}:${value ?? ''}:${id}`).toString('base64url');
}

/** The cursor of the page after an operation, in any order. */
export function cursorAfter(operation: Operation, order: PageOrder): string {
  if (isTimeOrder(order)) return makeCursor(operation.id);
  const { key } = sortings[order];
  return makePlaceCursor({ id: operation.id, value: sortedValue(operation, key) }, key);
}

/** The id of a cursor, after which its page starts. @throws BODY_INVALID if it is not of a list by time */
export function parseCursor(cursor: string): string {
  return parse(cursor, 'time').id;
}

/** The position of a cursor, after which its page starts. @throws BODY_INVALID if it is not of a list with this sort */
export function parsePlace(cursor: string, key: SortKey): Place {
  return parse(cursor, key);
}

function parse(cursor: string, key: SortKey | 'time'): Place {
  const parsed = cursorSchema.safeParse(cursor);
  if (!parsed.success) throw invalidCursor('This is not a cursor of this service.');
  if (parsed.data.key === key) return parsed.data;
  throw invalidCursor(`This is a cursor of a list by ${parsed.data.key}, and this list is by ${key}.`);
}

function invalidCursor(message: string): StagingError {
  const errors = [{ path: 'query.cursor', message }];
  return new StagingError('BODY_INVALID', { reason: `query.cursor: ${message}` }, { errors });
}
