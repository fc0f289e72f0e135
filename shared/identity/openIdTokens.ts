// Access tokens of OpenID providers, as JSON Web Tokens: RFC 9068, and the WLCG Common JWT Profiles 1.0 of INDIGO IAM.

import { decodeJwt, errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import * as z from 'zod';
import type { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import type { Caller, Role, SourcePrefix, SourceScopes } from '../model/caller.ts';
import { usernameSchema } from '../model/paths.ts';
import { namesOfSource, parseSource, type SourcePlaces } from '../model/sourcePath.ts';
import type { Account } from '../record/identityRecord.ts';
import { type IdentityServices, type OpenIdClaims, rightsOf } from './identity.ts';
import { createIssuerKeys, type IssuerKeys } from './issuerKeys.ts';
import { createVerifiedTokens } from './verifiedTokens.ts';

/** No `none`, and nothing symmetric: the provider's public key would be the secret (RFC 8725 §2.1, §3.1). */
const algorithms = ['RS256', 'ES256', 'EdDSA', 'Ed25519'];

/** The audience of tokens for any service (WLCG Common JWT Profiles 1.0, `aud`). */
const anyAudience = 'https://wlcg.cern.ch/jwt/v1/any';

/** The tolerated clock skew between a provider and this machine, in seconds. */
const clockSkewSeconds = 30;

/**
 * Claims of an ID token that an access token does not have (OpenID Connect Core 1.0 §2, §3.1.3.6, §3.3.2.11; Keycloak's
 * `typ`).
 */
const idTokenClaims = ['nonce', 'at_hash', 'c_hash', 's_hash'] as const;
const accessTokenTypes = [undefined, 'jwt', 'at+jwt', 'application/at+jwt'];

const textsSchema = z.array(z.string());
const actorSchema = z.object({ sub: z.string() });

/** Callers with accounts at the configured providers. */
export interface OpenIdIdentity {
  /** The owner of an access token. @throws TOKEN_INVALID, ACCOUNT_REFUSED, IDENTITY_PROVIDER_UNREACHABLE */
  identify(token: Secret): Promise<Caller>;
  /** The caller with these claims. @throws ACCOUNT_REFUSED */
  callerOf(claims: OpenIdClaims, issuer: string, expiresAt: Date | undefined): Promise<Caller>;
}

/** Identifies callers by the configured providers. */
export function createOpenIdIdentity(services: IdentityServices): OpenIdIdentity {
  const { openId } = services.config.identity;
  const keys = new Map(openId.issuers.map((issuer) => [issuer, createIssuerKeys(issuer, services.logger)]));
  const verified = createVerifiedTokens();
  const identify = async (token: Secret) => {
    const known = await verified.find(token);
    if (known) return known;
    const issuer = issuerOf(token.reveal());
    const issuerKeys = issuer === undefined ? undefined : keys.get(issuer);
    if (issuer === undefined || !issuerKeys)
      throw refused('it is from a provider that this service does not know');
    const audience = [...openId.audiences, anyAudience];
    const { claims, header, key } = await verify(token, issuer, issuerKeys, audience);
    const expiresAt = new Date(claims.exp * 1000);
    const caller = await callerOf(claims, issuer, expiresAt, services);
    verified.keep(token, { caller, header, key, keys: issuerKeys, expiresAt });
    return caller;
  };
  return {
    identify,
    callerOf: (claims, issuer, expiresAt) => callerOf(claims, issuer, expiresAt, services),
  };
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch (cause) {
    throw refused('it is not a JSON Web Token', cause);
  }
}

/** A valid access token, and the key that it is signed with. @throws TOKEN_INVALID, IDENTITY_PROVIDER_UNREACHABLE */
async function verify(
  token: Secret,
  issuer: string,
  keys: IssuerKeys,
  audience: string[],
): Promise<{
  readonly claims: JWTPayload & { readonly sub: string; readonly exp: number };
  readonly header: JWTHeaderParameters;
  readonly key: unknown;
}> {
  const { payload, protectedHeader, key } = await jwtVerify(token.reveal(), keys, {
    issuer,
    audience,
    algorithms,
    clockTolerance: clockSkewSeconds,
    requiredClaims: ['exp', 'iat', 'sub'],
  }).catch((error: unknown) => {
    throw error instanceof errors.JOSEError ? refused(explain(error), error) : error;
  });
  const { sub, exp, iat } = payload;
  if (sub === undefined || exp === undefined || iat === undefined) throw refused('it lacks a claim');
  if (iat > Date.now() / 1000 + clockSkewSeconds) throw refused('it is from the future');
  const isAccessToken =
    accessTokenTypes.includes(protectedHeader.typ?.toLowerCase()) &&
    payload['typ'] !== 'ID' &&
    payload['token_use'] !== 'id' &&
    idTokenClaims.every((claim) => payload[claim] === undefined);
  if (!isAccessToken) throw refused('it is not an access token');
  return { claims: { ...payload, sub, exp }, header: protectedHeader, key };
}

async function callerOf(
  claims: OpenIdClaims,
  issuer: string,
  expiresAt: Date | undefined,
  { config, record }: IdentityServices,
): Promise<Caller> {
  const { openId } = config.identity;
  const client = textOf(claims['client_id']) ?? textOf(claims['azp']);
  // A client's own token has the client as its subject (RFC 9068 §2.2).
  const isProgram = client !== undefined && claims.sub === client;
  const account = { issuer, subject: claims.sub };
  const username = isProgram
    ? undefined
    : await usernameOf(account, claims[openId.usernameClaim], config, record);
  const { groups, roles, projects } = rightsOf(groupsOf(claims), config.identity);
  const programRoles: readonly Role[] = isProgram && openId.portals.includes(client) ? ['portal'] : [];
  return {
    // The actor, after a token exchange (RFC 8693 §4.1).
    name: actorSchema.safeParse(claims['act']).data?.sub ?? username ?? claims.sub,
    username,
    groups,
    roles: isProgram ? new Set(programRoles) : roles,
    projects: isProgram ? [] : projects,
    scopes: sourceScopes(textOf(claims['scope']) ?? '', config),
    expiresAt,
  };
}

/** The name of an account's user area. @throws ACCOUNT_REFUSED */
async function usernameOf(
  account: Account,
  claim: unknown,
  { identity: { openId, areAccountsExplicit } }: IdentityServices['config'],
  record: IdentityServices['record'],
) {
  if (!record) return undefined;
  const claimed = usernameSchema.safeParse(claim).data;
  const username = await record.accounts.bind(account, areAccountsExplicit ? undefined : claimed);
  const bound = usernameSchema.safeParse(username);
  if (bound.success) return bound.data;
  const reason = areAccountsExplicit
    ? 'no administrator has added it'
    : claimed === undefined
      ? `its claim ${openId.usernameClaim} has no name for a user area`
      : `the name ${claimed} belongs to another account`;
  throw new StagingError('ACCOUNT_REFUSED', {
    account: JSON.stringify(account.subject.slice(0, 128)),
    reason,
  });
}

/** The groups, from any of the claims that providers use for them (AARC-G069 `entitlements`, WLCG, INDIGO IAM). */
function groupsOf(claims: OpenIdClaims): readonly string[] {
  return ['groups', 'wlcg.groups', 'entitlements', 'eduperson_entitlement'].flatMap(
    (claim) => textsSchema.safeParse(claims[claim]).data ?? [],
  );
}

/**
 * The sources that a token's scopes allow (WLCG Common JWT Profiles 1.0): `storage.read:/prefix` and
 * `storage.stage:/prefix`, with a path beneath the source storage, percent-encoded, or an `s3://` address. Undefined if
 * there are no such scopes. An invalid scope grants nothing, but still limits the token.
 */
function sourceScopes(scope: string, places: SourcePlaces): SourceScopes | undefined {
  const scopes = scope.split(' ').filter((text) => text.startsWith('storage.'));
  if (scopes.length === 0) return undefined;
  const prefixes = (action: string) =>
    scopes.flatMap((text) => {
      const given = text.startsWith(`${action}:`)
        ? parsePrefix(text.slice(action.length + 1), places)
        : undefined;
      return given ? [given] : [];
    });
  return { read: prefixes('storage.read'), stage: prefixes('storage.stage') };
}

function parsePrefix(encoded: string, places: SourcePlaces): SourcePrefix | undefined {
  if (!encoded.startsWith('/') && !encoded.startsWith('s3://')) return undefined;
  try {
    const path = decodeURIComponent(encoded).replace(/^\/+/, '');
    return path === '' ? [] : namesOfSource(parseSource(path, places));
  } catch (error) {
    if (error instanceof URIError || error instanceof StagingError) return undefined;
    throw error;
  }
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' ? claim : undefined;
}

/** Why a token is not valid, for the error message. */
function explain(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return 'it was issued for another service';
    if (error.claim === 'nbf') return 'it is not valid yet';
    return `its claim ${error.claim} is missing or wrong`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its signature algorithm is not accepted';
  if (error instanceof errors.JWKSNoMatchingKey) return 'its signing key is unknown to its provider';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  return 'it is not a JSON Web Token of an accepted kind';
}

function refused(reason: string, cause?: unknown): StagingError {
  return new StagingError('TOKEN_INVALID', { reason }, { cause });
}
