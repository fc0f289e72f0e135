import type { DirectoryEntry } from '../../api/client.ts';

/** The orders of a folder's entries. */
export const entryOrders = ['name', 'newest', 'largest'] as const;

export type EntryOrder = (typeof entryOrders)[number];

/** Entries in an order; those without a size or a time come last. */
export function sortEntries(
  entries: readonly DirectoryEntry[],
  order: EntryOrder,
): readonly DirectoryEntry[] {
  if (order === 'name') return entries;
  const keyOf = ({ size_bytes, modified_at }: DirectoryEntry) =>
    order === 'largest' ? (size_bytes ?? -1) : Date.parse(modified_at ?? '1900-01-01');
  return entries.toSorted((one, other) => keyOf(other) - keyOf(one));
}
