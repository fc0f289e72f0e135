import type { Digests } from '../../model/operation.ts';
import { insertOnce } from '../database/query.ts';
import type { OperationDatabase } from '../database/tables.ts';
import type { OperationRecord } from '../operationRecord.ts';

/** The columns of `source_digests` after its version. */
const algorithms = ['sha256', 'adler32', 'md5'] as const;

/**
 * The part of the record about the digests of sources. See `OperationRecord`. Each download looks for them, so this is
 * not left to Prisma, which takes a millisecond for a row.
 */
export function createDigestRecord({
  select,
  execute,
  query,
}: OperationDatabase): Pick<OperationRecord, 'findDigests' | 'addDigests'> {
  const find = (version: string) =>
    select(`SELECT ${algorithms.join(', ')} FROM source_digests WHERE version = ?`, [version]);
  return {
    async findDigests(version) {
      const [row = []] = await query(() => find(version));
      const digests: Digests = {};
      for (const [place, algorithm] of algorithms.entries()) {
        const known = row[place];
        if (typeof known === 'string') digests[algorithm] = known;
      }
      return digests;
    },

    async addDigests(version, digests) {
      const given = algorithms.map((algorithm) => digests[algorithm] ?? null);
      const names = algorithms.join(', ');
      const recorded = await insertOnce<readonly unknown[]>(given, query, {
        insert: () =>
          execute(`INSERT INTO source_digests (version, ${names}) VALUES (?, ?, ?, ?)`, [version, ...given]),
        find: () => find(version).then((rows) => [...rows]),
      });
      if (given.every((digest, place) => digest === null || digest === recorded[place])) return;
      const changes = algorithms.map((algorithm) => `${algorithm} = COALESCE(?, ${algorithm})`).join(', ');
      const values = [...given, version];
      await query(() => execute(`UPDATE source_digests SET ${changes} WHERE version = ?`, values));
    },
  };
}
