import { makeCursor, parseCursor } from './cursor.ts';
import { fitText, textLimits } from './fitText.ts';
import type { OperationFilter, OperationPage, PageOrder, PageRequest } from './operation.ts';
import { smallestIdAt } from './operationId.ts';
import { toOperation } from './operationRow.ts';
import type { OperationConditions, OperationDatabase } from './operationTable.ts';
import { findText } from './textSearch.ts';

/** What of a filter the columns answer by themselves, off an index. Texts are fitted as those of the rows are. */
export interface KeysetConditions {
  readonly phase?: string;
  readonly method?: string;
  readonly username?: string;
  readonly id: { readonly gte?: string; readonly gt?: string; readonly lt?: string };
}

/** One page of the operations that a filter lets through. @throws BODY_INVALID for a bad cursor */
export async function listOperations(
  database: OperationDatabase,
  filter: OperationFilter,
  { limit, cursor, order = 'newest' }: PageRequest,
): Promise<OperationPage> {
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  const where = keysetConditions(filter, after, order);
  if (filter.text) {
    const { ids, lookedTo } = await findText(database, fitText(filter.text, textLimits.path), {
      where,
      order,
      limit,
    });
    return page(database, { id: { in: [...ids] } }, { order, limit, lookedTo });
  }
  return page(database, where, { order, limit, lookedTo: null });
}

/** `lookedTo` is the id that the next page goes on after, when this one is not full. */
async function page(
  database: OperationDatabase,
  where: OperationConditions,
  { order, limit, lookedTo }: { order: PageOrder; limit: number; lookedTo: string | null },
): Promise<OperationPage> {
  const orderBy = { id: order === 'newest' ? 'desc' : 'asc' } as const;
  // One more than asked for tells whether there is a next page.
  const rows = await database.stagingOperation.findMany({ where, orderBy, take: limit + 1 });
  const operations = rows.slice(0, limit).map(toOperation);
  const last = rows.length > limit ? operations.at(-1)?.id : lookedTo;
  return { operations, nextCursor: last ? makeCursor(last) : null };
}

function keysetConditions(
  { phase, method, username, since, until }: OperationFilter,
  after: string | undefined,
  order: PageOrder,
): KeysetConditions {
  const ends = [until && smallestIdAt(until), order === 'newest' ? after : undefined];
  const [lt] = ends.filter((id) => id !== undefined).sort();
  return {
    ...(phase === undefined ? {} : { phase }),
    ...(method === undefined ? {} : { method: fitText(method, textLimits.method) }),
    ...(username === undefined ? {} : { username: fitText(username, textLimits.username) }),
    id: {
      ...(since === undefined ? {} : { gte: smallestIdAt(since) }),
      ...(order === 'oldest' && after !== undefined ? { gt: after } : {}),
      ...(lt === undefined ? {} : { lt }),
    },
  };
}
