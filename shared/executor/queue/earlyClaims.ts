import type { Logger } from 'pino';
import { every } from '../../async/interval.ts';
import type { Operation } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';

interface ClaimServices {
  readonly operations: Pick<OperationRecord, 'claim' | 'claimSome' | 'startClaimed' | 'returnClaims'>;
  readonly logger: Logger;
  /** No operations are claimed early after this. */
  readonly signal: AbortSignal;
  /** Claims that have not been taken after this time, in ms, are returned: others may have a free slot. */
  readonly keptMs?: number | undefined;
}

/** As many operations are claimed early as have ended within this time, in ms, up to a number. */
const aheadMs = 250;
const maxAhead = 64;

/** Fewer are not worth a statement. */
const minTogether = 8;

interface Claim {
  readonly isOurs: Promise<boolean>;
  /** By the monotonic clock, in ms. */
  readonly madeAt: number;
  readonly isReturned: boolean;
}

/** The ids of those claims that have succeeded. */
async function claimedOf(claims: readonly (readonly [id: string, claim: Claim])[]): Promise<string[]> {
  const results = await Promise.all(claims.map(([, { isOurs }]) => isOurs.catch(() => false)));
  return claims.flatMap(([id], index) => (results[index] ? id : []));
}

/** Operations that this process has claimed although they have no slot yet: they get one in the next moment. */
export function createEarlyClaims({ operations, logger, signal, keptMs = 2000 }: ClaimServices) {
  const claims = new Map<string, Claim>();
  const endedAt: number[] = [];
  const patience = { logger, signal };

  const howMany = () => {
    const since = performance.now() - aheadMs;
    while (endedAt[0] !== undefined && endedAt[0] < since) endedAt.shift();
    return endedAt.length;
  };
  /** The claim of an operation, if it was made early. Null if another process was earlier. To be called once. */
  const take = (id: string): Promise<Operation | null> | undefined => {
    const claim = claims.get(id);
    claims.delete(id);
    if (claim?.isReturned) return claim.isOurs.then(() => operations.claim(id, patience));
    return claim?.isOurs.then((isOurs) => (isOurs ? operations.startClaimed(id, patience) : null));
  };
  /**
   * To be called when operations are removed from the queue. Resolves with those that this process has claimed, and
   * that the caller must end or return.
   */
  const giveUp = async (ids: readonly string[]) => {
    const given = [...claims].filter(([id]) => ids.includes(id));
    for (const [id] of given) claims.delete(id);
    return claimedOf(given);
  };
  const returnOld = async () => {
    const before = performance.now() - keptMs;
    const old = [...claims].filter(([, { madeAt, isReturned }]) => madeAt < before && !isReturned);
    if (old.length === 0) return;
    const returning = claimedOf(old).then((ids) => operations.returnClaims(ids));
    // One that gets its slot now is claimed again, after it was returned.
    const isOurs = returning.then(() => false);
    isOurs.catch(() => undefined);
    for (const [id, { madeAt }] of old) claims.set(id, { isOurs, madeAt, isReturned: true });
    await returning.finally(() => {
      for (const [id] of old) if (claims.get(id)?.isReturned) claims.delete(id);
    });
  };
  const onError = (error: unknown) => logger.warn({ err: error }, 'could not return operations to the queue');
  void every(keptMs / 2, returnOld, { signal, onError });
  return {
    take,
    /** Whether an operation has such a claim. */
    has: (id: string) => claims.has(id),
    giveUp,
    /**
     * Claims the next operations of a queue, if those that end leave slots for them soon: many in one statement.
     * `upcoming` returns the first ones, up to a number.
     */
    claimNext(upcoming: (count: number) => readonly string[]) {
      const ahead = howMany();
      if (signal.aborted || claims.size + minTogether > ahead) return;
      const ids = upcoming(ahead).filter((id) => !claims.has(id));
      if (ids.length < minTogether) return;
      const claiming = operations.claimSome(ids, patience).then((claimed) => new Set(claimed));
      // The caller of `take` gets the error.
      claiming.catch(() => undefined);
      const madeAt = performance.now();
      for (const id of ids) {
        const isOurs = claiming.then((claimed) => claimed.has(id));
        isOurs.catch(() => undefined);
        claims.set(id, { isOurs, madeAt, isReturned: false });
      }
    },
    /** To be called when an operation has ended. */
    noteEnd() {
      endedAt.push(performance.now());
      if (endedAt.length > maxAhead) endedAt.shift();
    },
  };
}
