import * as z from 'zod';
import type { RucioConfig } from '../config/rucioConfig.ts';
import { StagingError } from '../errors/stagingError.ts';
import { chunksOf } from '../model/chunks.ts';
import { harmless } from '../process/liveSecrets.ts';
import { type Did, describeDid, didName, listFiles, parseValue } from './dids.ts';
import { filesPerRequest, locateFiles } from './replicas.ts';
import { createRucioClient, type RucioAnswer, type RucioClient } from './rucioClient.ts';
import { unexpected } from './rucioErrors.ts';
import { createRucioTokens } from './rucioTokens.ts';

/** Distinguishes the rules of the service from others of its account, which it never ends. */
const comment = 'Made by the SKA Staging Service';

/** How long Rucio may take to create a rule for a large dataset, in ms: it locks each file before it answers. */
const silenceMs = 600_000;

const ruleSchema = z.object({
  id: z.string(),
  state: z.string(),
  error: z.string().nullish(),
  comments: z.string().nullish(),
  expires_at: z.string().nullish(),
  locks_ok_cnt: z.number(),
  locks_replicating_cnt: z.number(),
  locks_stuck_cnt: z.number(),
});

/** A rule at Rucio, which keeps data at this site. */
export interface Rule {
  readonly id: string;
  /** In Rucio's terms: OK, REPLICATING, STUCK, … */
  readonly state: string;
  /** Rucio's explanation, in one line. */
  readonly said: string;
  /** Whether this service has created it. */
  readonly isOurs: boolean;
  readonly expiresAt: Date | null;
}

/** The rules of the service. */
export interface RucioRules {
  /** Whether all files of a name have readable replicas at this site. @throws DID_NOT_FOUND, RUCIO_… */
  isHere(did: Did, signal: AbortSignal): Promise<boolean>;
  /**
   * The rule that keeps a name at this site, created if missing: there is one for each account. Data that is already
   * here is not moved. The rule may end earlier than needed: see `extend`.
   * @throws DID_NOT_FOUND, RULE_REFUSED, RUCIO_…
   */
  obtain(did: Did, lifetimeSeconds: number | null, signal: AbortSignal): Promise<Rule>;
  find(id: string, signal: AbortSignal): Promise<Rule | undefined>;
  /** Makes a rule end no earlier than in some seconds from now; null: never. @throws RUCIO_… */
  extend(rule: Rule, lifetimeSeconds: number | null, signal: AbortSignal): Promise<void>;
  /** Ends a rule; an expired one is no error. @throws RUCIO_… */
  end(id: string, signal: AbortSignal): Promise<void>;
}

/** The rules at this Rucio. */
export function createRucioRules(config: RucioConfig): RucioRules {
  const rucio = createRucioClient(config, createRucioTokens(config));
  const { rseExpression, account = '' } = config;

  const find = async (id: string, signal: AbortSignal) => {
    const answer = await rucio.call({ path: rulePath(id) }, signal);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw unexpected(answer);
    return toRule(parseValue(ruleSchema, answer.values[0], answer));
  };
  /** The existing rule that prevents the creation of another. */
  const findSame = async ({ scope, name }: Did, signal: AbortSignal) => {
    const same = { scope, name, account, rse_expression: rseExpression, copies: '1' };
    const answer = await rucio.call({ path: `/rules/?${new URLSearchParams(same)}` }, signal);
    if (answer.status !== 200) throw unexpected(answer);
    const [id] = answer.values.map((value) => parseValue(z.object({ id: z.string() }), value, answer).id);
    return id === undefined ? undefined : find(id, signal);
  };
  return {
    isHere: (did, signal) => isHere(rucio, config, did, signal),
    async obtain({ scope, name }, lifetimeSeconds, signal) {
      const did = { scope, name };
      const body = {
        dids: [did],
        account,
        copies: 1,
        rse_expression: rseExpression,
        grouping: 'NONE',
        lifetime: lifetimeSeconds,
        comment,
      };
      const answer = await rucio.call({ method: 'POST', path: '/rules/', body, silenceMs }, signal);
      if (answer.status === 404) throw new StagingError('DID_NOT_FOUND', { did: didName(did) });
      const id = answer.status === 201 && parseValue(z.array(z.string()), answer.values[0], answer)[0];
      const isThere = answer.exception === 'DuplicateRule';
      const rule = id ? await find(id, signal) : isThere && (await findSame(did, signal));
      if (rule) return rule;
      throw refused(did, answer);
    },
    find,
    async extend({ id, expiresAt }, lifetimeSeconds, signal) {
      const neededMs = lifetimeSeconds === null ? Number.POSITIVE_INFINITY : lifetimeSeconds * 1000;
      if (expiresAt === null || expiresAt.getTime() >= Date.now() + neededMs) return;
      const body = { options: { lifetime: lifetimeSeconds } };
      const answer = await rucio.call({ method: 'PUT', path: rulePath(id), body }, signal);
      if (answer.status !== 200) throw unexpected(answer);
    },
    async end(id, signal) {
      const answer = await rucio.call({ method: 'DELETE', path: rulePath(id), body: {} }, signal);
      if (answer.status !== 200 && answer.status !== 404) throw unexpected(answer);
    },
  };
}

async function isHere(
  rucio: RucioClient,
  config: RucioConfig,
  did: Did,
  signal: AbortSignal,
): Promise<boolean> {
  const { type } = await describeDid(rucio, did, signal);
  const files = type === 'FILE' ? [did] : await listFiles(rucio, did, signal);
  for (const some of chunksOf(files, filesPerRequest)) {
    const located = await locateFiles(rucio, config, some, undefined, signal);
    if (located.filter(({ pfns }) => pfns.length > 0).length < some.length) return false;
  }
  return true;
}

function toRule(rule: z.output<typeof ruleSchema>): Rule {
  const { id, state, error, comments, expires_at: expires } = rule;
  const all = rule.locks_ok_cnt + rule.locks_replicating_cnt + rule.locks_stuck_cnt;
  const counts = all > 0 ? `${rule.locks_ok_cnt} of ${all} files are here` : 'it has not begun';
  return {
    id,
    state,
    said: error ? harmless(error) : counts,
    isOurs: comments === comment,
    expiresAt: expires ? new Date(expires) : null,
  };
}

function refused(did: Did, { status, exception, message }: RucioAnswer): StagingError {
  const reason = [exception ?? `it answered ${status}`, message].filter(Boolean).join(': ');
  return new StagingError('RULE_REFUSED', { did: didName(did), reason });
}

function rulePath(id: string): string {
  return `/rules/${encodeURIComponent(id)}`;
}
