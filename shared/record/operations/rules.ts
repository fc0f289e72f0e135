import type { OperationDatabase } from '../database/tables.ts';
import type { RuleRecord } from '../queueRecord.ts';
import type { OperationStore } from './operationStore.ts';
import { unfinished } from './ownOperations.ts';

/** How many operations are read together. */
const maxFound = 100;

/**
 * When an operation no longer needs its rule. The target of a link is needed until the link is removed; a copy needs
 * nothing, and a rule with a lifetime expires by itself.
 */
const isUnneeded =
  "(status IN ('ERROR', 'ABORTED') OR removed_at IS NOT NULL OR (status = 'COMPLETED' AND lifetime_seconds IS NULL " +
  "AND (method <> 'symlink_copy' OR outcome = 'already_present')))";

/** The part of the record about needed rules at Rucio. */
export function createRuleRecord(
  database: OperationDatabase,
  { change }: OperationStore,
  worker: string,
): RuleRecord {
  return {
    async recordRule(id, ruleId) {
      await change({ id, worker, phase: { in: unfinished } }, { ruleId });
    },
    async findUnneededRules() {
      const sql =
        'SELECT id, rule_id FROM staging_operations ' +
        `WHERE rule_id IS NOT NULL AND ${isUnneeded} ORDER BY rule_id LIMIT ${maxFound}`;
      const rows = await database.query(() => database.select(sql, []));
      return rows.map(([id, ruleId]) => ({ id: String(id), ruleId: String(ruleId) }));
    },
    async isRuleNeeded(ruleId) {
      const sql = `SELECT id FROM staging_operations WHERE rule_id = ? AND NOT ${isUnneeded} LIMIT 1`;
      return (await database.query(() => database.select(sql, [ruleId]))).length > 0;
    },
    async forgetRule({ id, ruleId }) {
      await change({ id, ruleId }, { ruleId: null });
    },
  };
}
