import type { Logger } from 'pino';
import { every } from '../async/interval.ts';
import type { Config } from '../config/config.ts';
import type { RucioConfig } from '../config/rucioConfig.ts';
import { StagingError } from '../errors/stagingError.ts';
import { lifetimeOf, type Operation } from '../model/operation.ts';
import { type DidLocation, isDid } from '../model/sourcePath.ts';
import type { OperationRecord } from '../record/operationRecord.ts';
import type { NeededRule, Wait } from '../record/queueRecord.ts';
import type { RuleKeeper } from '../storage/catalogue.ts';
import { didName } from './dids.ts';
import { mayPass } from './rucioErrors.ts';
import { createRucioRules, type RucioRules, type Rule } from './rules.ts';

/** How long an operation waits before its rule is polled again, in ms: a tenth of the time that it has waited. */
const pauses = { part: 0.1, shortestMs: 2000, longestMs: 60_000 };

/** How much longer than a link the rule protects its replica, in seconds: time to remove the link. */
const marginSeconds = 3600;

/** How often to end rules that are no longer needed, in ms. */
const endMs = 10_000;

interface RuleServices {
  readonly config: Config;
  readonly operations: OperationRecord;
  readonly logger: Logger;
  /** Registers a function that closes something at the end. */
  atShutDown(close: () => Promise<void>): void;
  /** Registers periodic work for processes that do not live between requests. */
  onSchedule(work: () => Promise<void>): void;
}

/** The keeper of the rules at this Rucio. It periodically ends those that no operation needs any more. */
export function startRuleKeeper(rucio: RucioConfig, services: RuleServices): RuleKeeper {
  const { config, operations, logger } = services;
  const rules = createRucioRules(rucio);
  const stopping = new AbortController();

  /** Recorded before it is extended: otherwise another process might end it in between. */
  const adopt = async (operation: Operation, rule: Rule, seconds: number | null, signal: AbortSignal) => {
    if (rule.isOurs) await operations.recordRule(operation.id, rule.id);
    await rules.extend(rule, seconds, signal);
    return rule;
  };
  const look = async (operation: Operation, did: DidLocation, signal: AbortSignal) => {
    const { ruleId } = operation;
    const known = ruleId === null ? undefined : await rules.find(ruleId, signal);
    if (!known && (await rules.isHere(did, signal))) return undefined;
    const seconds = lifetimeOf(operation, config);
    const rule = known ?? (await rules.obtain(did, seconds, signal));
    return waitFor(await adopt(operation, rule, seconds, signal), operation, did);
  };
  const end = () => endUnneededRules(rules, operations, logger);
  const onError = (error: unknown) =>
    logger.error({ err: error }, 'could not search for rules that have ended');
  const ending = every(endMs, end, { signal: stopping.signal, onError });
  services.atShutDown(async () => {
    stopping.abort();
    await ending;
  });
  services.onSchedule(end);
  return {
    async bring(operation, source, signal) {
      if (!isDid(source)) return undefined;
      try {
        return await look(operation, source, signal);
      } catch (error) {
        // An operation that waits for hours should not fail because Rucio is being restarted.
        if (operation.waitingFor === null || !mayPass(error)) throw error;
        return { until: new Date(Date.now() + pauses.longestMs), reason: error.message };
      }
    },
    async pin(operation, source, signal) {
      const isLink = operation.method === 'symlink_copy' && isDid(source);
      if (!isLink || !(rucio.areReplicasPinned || operation.ruleId !== null)) return;
      const lifetime = lifetimeOf(operation, config);
      const seconds = lifetime === null ? null : lifetime + marginSeconds;
      const rule = await adopt(operation, await rules.obtain(source, seconds, signal), seconds, signal);
      if (rule.state === 'OK') return;
      const reason = `the rule ${rule.id}, which should keep it here, is ${rule.state}: ${rule.said}`;
      throw new StagingError('DID_NOT_LOCAL', { did: didName(source), reason });
    },
  };
}

/** @throws RULE_STUCK */
function waitFor({ id, state, said }: Rule, operation: Operation, did: DidLocation): Wait | undefined {
  if (state === 'OK') return undefined;
  if (state === 'STUCK' || state === 'SUSPENDED') {
    throw new StagingError('RULE_STUCK', { rule: id, did: didName(did), state, reason: said });
  }
  const waitedMs = Date.now() - operation.createdAt.getTime();
  const { part, shortestMs, longestMs } = pauses;
  const pauseMs = Math.min(longestMs, Math.max(shortestMs, waitedMs * part));
  return { until: new Date(Date.now() + pauseMs), reason: `Rucio's rule ${id} is ${state}: ${said}` };
}

/** Ending rules survives the crash of a process; rules that Rucio was not asked to end expire by themselves. */
const unlimited = new AbortController().signal;

/** The minimum remaining lifetime of a rule that was ended too early, in seconds. */
const restoredSeconds = 3600;

/** Ends the rules that no operation needs any more. Never rejects: failures are retried the next time. */
async function endUnneededRules(
  rules: RucioRules,
  operations: OperationRecord,
  logger: Logger,
): Promise<void> {
  try {
    for (const needed of await operations.findUnneededRules()) {
      await endRule(needed, rules, operations, logger).catch(async (error: unknown) => {
        if (mayPass(error)) throw error;
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
