import * as z from 'zod';
import type { Place } from '../cursor.ts';
import {
  type Condition,
  columnConditions,
  idConditions,
  indexHint,
  type KeysetConditions,
  selectIds,
  whereAll,
} from '../database/keyset.ts';
import type { Sorting } from '../database/pageOrder.ts';
import type { OperationDatabase } from '../database/tables.ts';
import { hasText, rowsPerScan } from './textSearch.ts';

/** What to find in a list that is sorted by a value. */
interface SortedQuery {
  readonly sorting: Sorting;
  readonly where: KeysetConditions;
  readonly text: string | undefined;
  /** The position before the first wanted row. */
  readonly after: Place | undefined;
  readonly take: number;
}

interface Found {
  readonly places: readonly Place[];
  /** The last position that was examined; undefined at the end of the list. */
  readonly scannedTo: Place | undefined;
}

const placesSchema = z.array(z.object({ id: z.string(), value: z.coerce.number().nullable() }));

/**
 * Finds the first rows of a sorted list that match a filter, and examines a bounded number of rows for that. If few
 * rows meet the conditions, all of them are read, from the index for these conditions, and sorted. Otherwise rows are
 * examined in their order, at most 10,000 of each index range: enough to fill a page unless matches are rare.
 */
export async function findSorted(database: OperationDatabase, query: SortedQuery): Promise<Found> {
  const isFiltered = conditionsOf(query).length > 0;
  const search = !isFiltered ? searchAll : (await areFew(database, query)) ? searchFew : searchMany;
  const places: Place[] = [];
  for (const range of rangesAfter(query.after, query.sorting)) {
    const found = await search(database, { ...query, take: query.take - places.length }, range);
    places.push(...found.places);
    if (places.length >= query.take || found.scannedTo) return { places, scannedTo: found.scannedTo };
  }
  return { places, scannedTo: undefined };
}

/** Whether the conditions, without the text, match so few rows that all may be examined. */
async function areFew(database: OperationDatabase, { where }: SortedQuery): Promise<boolean> {
  return (await selectIds(database, where, { order: 'newest', take: 1, skip: rowsPerScan })).length === 0;
}

async function searchAll(
  database: OperationDatabase,
  query: SortedQuery,
  range: IndexRange,
  skip = 0,
): Promise<Found> {
  const conditions = rangeConditions(range, query.sorting);
  return { places: await selectPlaces(database, query, { conditions, skip }), scannedTo: undefined };
}

async function searchFew(database: OperationDatabase, query: SortedQuery, range: IndexRange): Promise<Found> {
  const conditions = [...conditionsOf(query), ...rangeConditions(range, query.sorting, '+')];
  const places = await selectPlaces(database, query, { conditions, hint: indexHint(query.where), mark: '+' });
  return { places, scannedTo: undefined };
}

async function searchMany(
  database: OperationDatabase,
  query: SortedQuery,
  range: IndexRange,
): Promise<Found> {
  const last = await searchAll(database, { ...query, take: 1 }, range, rowsPerScan - 1);
  const [scannedTo] = last.places;
  const places: Place[] = [];
  for (const part of scannedTo ? rangeTo(range, scannedTo) : [range]) {
    // For equal values, the index has the ids in order.
    const isByValue = !('value' in part);
    const filter = conditionsOf(query, { column: '+', id: isByValue ? '+' : '' });
    const conditions = [...rangeConditions(part, query.sorting), ...filter];
    const take = query.take - places.length;
    if (take > 0) places.push(...(await selectPlaces(database, { ...query, take }, { conditions })));
  }
  return { places, scannedTo: scannedTo };
}

type Mark = '' | '+';

function conditionsOf(
  { where, text }: SortedQuery,
  marks: { readonly column: Mark; readonly id: Mark } = { column: '', id: '' },
): readonly Condition[] {
  return [
    ...columnConditions(where, marks.column),
    ...idConditions(where, marks.id),
    ...(text === undefined ? [] : [hasText(text)]),
  ];
}

interface Selection {
  readonly conditions: readonly Condition[];
  readonly skip?: number;
  /** The index that MySQL must use: by default that of the value. */
  readonly hint?: string;
  /** `+` if SQLite must not use it either. */
  readonly mark?: Mark;
}

async function selectPlaces(
  database: OperationDatabase,
  { sorting: { column, isDescending }, take }: SortedQuery,
  { conditions, skip = 0, hint = valueIndexHint(column), mark = '' }: Selection,
): Promise<readonly Place[]> {
  const { sql, values } = whereAll(conditions);
  const direction = isDescending ? 'DESC' : 'ASC';
  const statement =
    `SELECT id, ${column} AS value FROM staging_operations ${hint}${sql}` +
    `ORDER BY ${mark}${column} ${direction}, ${mark}id ${direction} LIMIT ${take} OFFSET ${skip}`;
  return placesSchema.parse(await database.$queryRawUnsafe(statement, ...values));
}

const valueIndexHint = (column: Sorting['column']) =>
  `/*! FORCE INDEX (staging_operations_${column}_id_idx) */ `;

/**
 * A part of a sorted list that is one index range of the value and the id. MySQL would not use the index for a
 * condition on both, such as `(value, id) < (?, ?)`, and neither database would for one with OR.
 */
type IndexRange =
  | { readonly value: number | null; readonly idAfter?: string; readonly idTo?: string }
  | { readonly valuesAfter: number; readonly valuesBefore?: number };

/** The index ranges after a position, or of the whole list, in its order: rows without the value come last. */
function rangesAfter(place: Place | undefined, { isDescending }: Sorting): readonly IndexRange[] {
  const beforeAll = isDescending ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
  if (place === undefined) return [{ valuesAfter: beforeAll }, { value: null }];
  const { id, value } = place;
  const rest = { value, idAfter: id };
  return value === null ? [rest] : [rest, { valuesAfter: value }, { value: null }];
}

/** The part of an index range up to a position in it, inclusive. */
function rangeTo(range: IndexRange, { id, value }: Place): readonly IndexRange[] {
  if ('value' in range) return [{ ...range, idTo: id }];
  return value === null
    ? [range]
    : [
        { ...range, valuesBefore: value },
        { value, idTo: id },
      ];
}

/** The condition of one index range. With a `+` before the columns, none of their indexes is used. */
function rangeConditions(
  range: IndexRange,
  { column, isDescending }: Sorting,
  mark: '' | '+' = '',
): readonly Condition[] {
  const [after, before] = isDescending ? ['<', '>'] : ['>', '<'];
  const given = (sql: string, value: string | number | undefined) =>
    value === undefined ? [] : [{ sql: `${mark}${sql} ?`, values: [value] }];
  if ('value' in range) {
    const { value, idAfter, idTo } = range;
    const isValue =
      value === null ? [{ sql: `${mark}${column} IS NULL`, values: [] }] : given(`${column} =`, value);
    return [...isValue, ...given(`id ${after}`, idAfter), ...given(`id ${before}=`, idTo)];
  }
  const { valuesAfter, valuesBefore } = range;
  return [...given(`${column} ${after}`, valuesAfter), ...given(`${column} ${before}`, valuesBefore)];
}
