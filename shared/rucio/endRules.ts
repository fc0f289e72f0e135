import type { Logger } from 'pino';
import { StagingError } from '../errors/stagingError.ts';
import type { NeededRule, OperationRecord } from '../record/operationRecord.ts';
import type { RucioRules, Rule } from './rules.ts';

/** Ending rules survives the crash of a process; rules that Rucio is not told to end expire by themselves. */
const unlimited = new AbortController().signal;

/** The minimum remaining lifetime of a rule that was ended too early, in seconds. */
const restoredSeconds = 3600;

/** Ends the rules that no operation needs any more. Never rejects: failures are retried the next time. */
export async function endUnneededRules(
  rules: RucioRules,
  operations: OperationRecord,
  logger: Logger,
): Promise<void> {
  try {
    for (const needed of await operations.findUnneededRules()) {
      await endRule(needed, rules, operations, logger).catch(async (error: unknown) => {
        if (isPassing(error)) throw error;
        const about = { err: error, operationId: needed.id, rule: needed.ruleId };
        logger.error(about, 'could not end a Rucio rule; leaving it to the administrators of Rucio');
        await operations.forgetRule(needed);
      });
    }
  } catch (error) {
    logger.warn({ err: error }, 'could not end Rucio rules; retrying soon');
  }
}

async function endRule(
  { id, ruleId }: NeededRule,
  rules: RucioRules,
  operations: OperationRecord,
  logger: Logger,
): Promise<void> {
  const before = await rules.find(ruleId, unlimited);
  if (before && !(await operations.isRuleNeeded(ruleId))) {
    await rules.end(ruleId, unlimited);
    logger.info({ operationId: id, rule: ruleId }, 'ended the Rucio rule, which is no longer needed');
    // Rucio keeps it for another hour. An operation that has begun to need it meanwhile has recorded that.
    if (await operations.isRuleNeeded(ruleId)) await restore(before, rules);
  }
  await operations.forgetRule({ id, ruleId });
}

async function restore({ id, expiresAt }: Rule, rules: RucioRules): Promise<void> {
  const ended = await rules.find(id, unlimited);
  const secondsLeft = expiresAt && Math.ceil((expiresAt.getTime() - Date.now()) / 1000);
  const seconds = secondsLeft === null ? null : Math.max(restoredSeconds, secondsLeft);
  if (ended) await rules.extend(ended, seconds, unlimited);
}

/** Whether a failure of Rucio may be transient. */
export function isPassing(error: unknown): error is StagingError {
  return error instanceof StagingError && error.automaticRetries > 0;
}
