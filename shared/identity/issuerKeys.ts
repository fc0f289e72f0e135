import {
  createRemoteJWKSet,
  errors,
  type FlattenedJWSInput,
  type JWTHeaderParameters,
  type RemoteJWKSet,
} from 'jose';
import type { Logger } from 'pino';
import * as z from 'zod';
import { StagingError } from '../errors/stagingError.ts';

/** Finds the key that a token of one provider is signed with. @throws IDENTITY_PROVIDER_UNREACHABLE */
export type IssuerKeys = (header: JWTHeaderParameters, token?: FlattenedJWSInput) => ReturnType<RemoteJWKSet>;

/** How old keys may get before they are fetched again, and while the provider is unavailable, in ms. */
const freshMs = 10 * 60_000;
const keptMs = 60 * 60_000;

/** How often they may be fetched again because of unknown keys, which anybody can send, in ms. */
const rereadMs = 5000;

const timeoutMs = 5000;

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.url() });

/**
 * The keys of a provider, found by OpenID Connect Discovery 1.0, and fetched again when a token names an unknown one.
 */
export function createIssuerKeys(issuer: string, logger: Logger): IssuerKeys {
  let discovered: Promise<RemoteJWKSet> | undefined;
  let readAt = 0;
  const open = () => {
    discovered ??= discover(issuer).catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  };
  /** Refreshed in the background: the cached keys are still good enough. */
  const refresh = (keys: RemoteJWKSet) => {
    if (Date.now() - readAt < freshMs) return;
    readAt = Date.now();
    keys.reload().catch((error: unknown) => logger.warn({ err: error, issuer }, 'using the last known keys'));
  };
  return async (header, token) => {
    try {
      const keys = await open();
      if (keys.fresh) refresh(keys);
      else readAt = Date.now();
      return await keys(header, token);
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys)
        throw cause;
      if (cause instanceof StagingError) throw cause;
      throw unreachable(issuer, cause);
    }
  };
}

async function discover(issuer: string): Promise<RemoteJWKSet> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  if (!answer.ok) throw new Error(`${address} answers with ${answer.status}`);
  const { issuer: named, jwks_uri: keysUrl } = discoverySchema.parse(await answer.json());
  if (named !== issuer) throw new Error(`${address} is about ${named}`);
  const [keysAt, issuerAt] = [new URL(keysUrl), new URL(issuer)];
  // An issuer without TLS is on this machine; the settings ensure that.
  const isLocal = issuerAt.protocol === 'http:' && keysAt.hostname === issuerAt.hostname;
  const isSafe = keysAt.protocol === 'https:' || (keysAt.protocol === 'http:' && isLocal);
  if (!isSafe) throw new Error(`${address} names the keys ${keysUrl}, which anybody could change on the way`);
  return createRemoteJWKSet(keysAt, {
    cacheMaxAge: keptMs,
    timeoutDuration: timeoutMs,
    cooldownDuration: rereadMs,
  });
}

function unreachable(issuer: string, cause: unknown): StagingError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StagingError('IDENTITY_PROVIDER_UNREACHABLE', { issuer, reason }, { cause });
}
