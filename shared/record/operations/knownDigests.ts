import type { Digests } from '../../model/operation.ts';
import type { OperationDatabase, OperationRow } from '../database/tables.ts';
import { textLimits, truncateText } from '../database/truncateText.ts';

/** How many rows are searched for digests: more than one, because a row may have only some of them. */
const digestRows = 20;

/** The known digests of a version of a source. */
export async function findDigests(
  { stagingOperation: table }: OperationDatabase,
  sourceEtag: string,
): Promise<Digests> {
  const where = {
    sourceEtag: truncateText(sourceEtag, textLimits.sourceEtag),
    OR: [{ sha256: { not: null } }, { adler32: { not: null } }, { md5: { not: null } }],
  };
  return mergeDigests(await table.findMany({ where, orderBy: { id: 'desc' }, take: digestRows }));
}

/** The digests in the rows; the first row with an algorithm counts. */
function mergeDigests(rows: readonly OperationRow[]): Digests {
  const digests: Digests = {};
  for (const algorithm of ['sha256', 'adler32', 'md5'] as const) {
    const known = rows.find((row) => row[algorithm] !== null)?.[algorithm];
    if (known) digests[algorithm] = known;
  }
  return digests;
}
