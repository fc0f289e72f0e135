import type { Condition } from '../record/database/keyset.ts';
import type { Sorting } from '../record/database/pageOrder.ts';
import type { Place } from '../record/lists/cursor.ts';

/**
 * A part of a sorted list that is one range of an index on the value and the id. A condition on both at once, as
 * `(value, id) < (?, ?)`, would be none to MySQL, and with an OR to neither database.
 */
export type Stretch =
  | { readonly value: number | null; readonly idAfter?: string; readonly idTo?: string }
  | { readonly valuesAfter: number; readonly valuesBefore?: number };

/** The stretches of what follows a place, or of all there is, in the order of the list: what has no value comes last. */
export function stretchesAfter(place: Place | undefined, { isDescending }: Sorting): readonly Stretch[] {
  const beforeAll = isDescending ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
  if (place === undefined) return [{ valuesAfter: beforeAll }, { value: null }];
  const { id, value } = place;
  const rest = { value, idAfter: id };
  return value === null ? [rest] : [rest, { valuesAfter: value }, { value: null }];
}

/** The part of a stretch to a place in it, with that. */
export function stretchTo(stretch: Stretch, { id, value }: Place): readonly Stretch[] {
  if ('value' in stretch) return [{ ...stretch, idTo: id }];
  return value === null
    ? [stretch]
    : [
        { ...stretch, valuesBefore: value },
        { value, idTo: id },
      ];
}

/** What holds in a stretch alone. With a `+` before the columns, no index of theirs is used. */
export function stretchConditions(
  stretch: Stretch,
  { column, isDescending }: Sorting,
  mark: '' | '+' = '',
): readonly Condition[] {
  const [after, before] = isDescending ? ['<', '>'] : ['>', '<'];
  const given = (sql: string, value: string | number | undefined) =>
    value === undefined ? [] : [{ sql: `${mark}${sql} ?`, values: [value] }];
  if ('value' in stretch) {
    const { value, idAfter, idTo } = stretch;
    const isValue =
      value === null ? [{ sql: `${mark}${column} IS NULL`, values: [] }] : given(`${column} =`, value);
    return [...isValue, ...given(`id ${after}`, idAfter), ...given(`id ${before}=`, idTo)];
  }
  const { valuesAfter, valuesBefore } = stretch;
  return [...given(`${column} ${after}`, valuesAfter), ...given(`${column} ${before}`, valuesBefore)];
}
