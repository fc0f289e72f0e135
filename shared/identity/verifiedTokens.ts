import { createHash } from 'node:crypto';
import type { JWTHeaderParameters } from 'jose';
import type { Secret } from '../config/secret.ts';
import type { Caller } from '../model/caller.ts';
import type { IssuerKeys } from './issuerKeys.ts';

/**
 * How long a verified token need not be verified again, in ms, so that a frequently used one costs no more than one of
 * our own.
 */
const keptMs = 60_000;
const maxTokens = 10_000;

/** A verified token. */
interface VerifiedToken {
  readonly caller: Caller;
  readonly header: JWTHeaderParameters;
  /** The key that it is signed with, which its provider may withdraw at any time. */
  readonly key: unknown;
  readonly keys: IssuerKeys;
  readonly expiresAt: Date;
}

/** Recently verified tokens, by their digests: tokens themselves are not kept. */
export interface VerifiedTokens {
  /**
   * The owner of this token; undefined if it must be verified, because that was not done recently or its key has
   * changed.
   */
  find(token: Secret): Promise<Caller | undefined>;
  keep(token: Secret, verified: VerifiedToken): void;
}

/** A cache that is empty at first. */
export function createVerifiedTokens(): VerifiedTokens {
  const kept = new Map<string, VerifiedToken & { readonly untilMs: number }>();
  return {
    async find(token) {
      const digest = digestOf(token);
      const verified = kept.get(digest);
      if (!verified) return undefined;
      const { keys, header, key, untilMs, caller } = verified;
      const isKnown = Date.now() < untilMs && (await keys(header).catch(() => undefined)) === key;
      if (isKnown) return caller;
      kept.delete(digest);
      return undefined;
    },
    keep(token, verified) {
      const [oldest] = kept.keys();
      if (kept.size >= maxTokens && oldest !== undefined) kept.delete(oldest);
      const untilMs = Math.min(verified.expiresAt.getTime(), Date.now() + keptMs);
      kept.set(digestOf(token), { ...verified, untilMs });
    },
  };
}

function digestOf(token: Secret): string {
  return createHash('sha256').update(token.reveal()).digest('base64');
}
