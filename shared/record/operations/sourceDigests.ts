import type { Digests } from '../../model/operation.ts';
import { insertOnce } from '../database/query.ts';
import type { OperationDatabase } from '../database/tables.ts';
import type { OperationRecord } from '../operationRecord.ts';

/** The part of the record about the digests of sources. See `OperationRecord`. */
export function createDigestRecord({
  sourceDigests: table,
  query,
}: OperationDatabase): Pick<OperationRecord, 'findDigests' | 'addDigests'> {
  const find = async (version: string) => {
    const where = { version };
    return query(() => table.findMany({ where, orderBy: { version: 'asc' }, take: 1 }));
  };
  return {
    async findDigests(version) {
      const [row] = await find(version);
      const digests: Digests = {};
      for (const algorithm of ['sha256', 'adler32', 'md5'] as const) {
        const known = row?.[algorithm];
        if (known) digests[algorithm] = known;
      }
      return digests;
    },

    async addDigests(version, digests) {
      const row = { version, sha256: null, adler32: null, md5: null, ...digests };
      const recorded = await insertOnce(row, query, {
        insert: () => table.createMany({ data: row }),
        find: () => find(version),
      });
      if (recorded !== row) await query(() => table.updateMany({ where: { version }, data: digests }));
    },
  };
}
