import { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import { anybody } from '../model/caller.ts';
import { tokenSchema } from '../model/token.ts';
import type { Evidence, Identify, IdentityServices } from './identity.ts';

/** Identifies callers by the configured modes, each loaded only if it is one of them. @throws ConfigError */
export async function createIdentify(services: IdentityServices): Promise<Identify> {
  const { modes } = services.config.identity;
  if (modes.length === 0) return async () => anybody;
  const byHeader = modes.includes('header')
    ? (await import('./proxyHeaders.ts')).createHeaderIdentify(services)
    : undefined;
  const byToken = modes.includes('tokens')
    ? await (await import('./ownTokens.ts')).createTokenIdentify(services)
    : undefined;
  const byOpenId = modes.includes('oidc')
    ? (await import('./openIdTokens.ts')).createOpenIdIdentify(services)
    : undefined;
  return async (evidence) => {
    const named = evidence.isFromProxy ? byHeader?.(evidence) : undefined;
    if (named) return named;
    const token = bearerToken(evidence);
    if (!token) return undefined;
    const known = byToken?.(token);
    if (known) return known;
    if (byOpenId) return byOpenId(token);
    throw new StagingError('TOKEN_INVALID', { reason: 'it is not one of this service' });
  };
}

/** The token of `Authorization: Bearer` (RFC 6750 §2.1). @throws TOKEN_INVALID */
function bearerToken({ header }: Evidence): Secret | undefined {
  const given = /^bearer +(.*)$/i.exec(header('authorization') ?? '')?.[1];
  if (given === undefined) return undefined;
  if (tokenSchema.safeParse(given).success) return new Secret(given);
  throw new StagingError('TOKEN_INVALID', { reason: 'it has characters that tokens do not have' });
}
