import * as openId from 'openid-client';
import * as z from 'zod';
import type { IdentityConfig } from '../../shared/config/identityConfig.ts';
import { StagingError } from '../../shared/errors/stagingError.ts';
import type { Identity } from '../../shared/identity/identity.ts';
import type { Caller } from '../../shared/model/caller.ts';

/** Stored in the browser during a login, so that nobody can make it complete another user's login (RFC 6749 §10.12). */
const memorySchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  view: z.string(),
});

/** Login at the first OpenID provider: the authorization code flow with PKCE (RFC 9700 §2.1.1). */
export interface OpenIdLogin {
  /** The provider's address for a login that returns to ours, and the values that the browser must store for it. */
  begin(
    callback: string,
  ): Promise<{ readonly url: string; readonly memory: Omit<z.output<typeof memorySchema>, 'view'> }>;
  /** The caller who has returned to this address. @throws LOGIN_FAILED, ACCOUNT_REFUSED */
  end(
    address: URL,
    memory: string | undefined,
    identity: Pick<Identity, 'callerOf'>,
  ): Promise<{ readonly caller: Caller; readonly view: string }>;
  /** The provider's logout address; null if it has none. */
  logoutUrl(returnTo: string): Promise<string | null>;
}

type OpenIdConfig = IdentityConfig['openId'];

/** Login with the configured client. */
export function createOpenIdLogin(
  client: NonNullable<OpenIdConfig['client']>,
  { issuers: [issuer = ''], usernameClaim }: OpenIdConfig,
): OpenIdLogin {
  let discovered: Promise<openId.Configuration> | undefined;
  const configuration = () => {
    discovered ??= openId
      .discovery(new URL(issuer), client.id, client.secret?.reveal(), undefined, {
        // The settings allow plain HTTP for issuers on this machine only.
        execute: issuer.startsWith('http:') ? [openId.allowInsecureRequests] : [],
      })
      .catch((cause: unknown) => {
        discovered = undefined;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new StagingError('IDENTITY_PROVIDER_UNREACHABLE', { issuer, reason }, { cause });
      });
    return discovered;
  };
  return {
    async begin(callback) {
      const [state, nonce, verifier] = [
        openId.randomState(),
        openId.randomNonce(),
        openId.randomPKCECodeVerifier(),
      ];
      const url = openId.buildAuthorizationUrl(await configuration(), {
        redirect_uri: callback,
        scope: client.scopes,
        state,
        nonce,
        code_challenge: await openId.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, memory: { state, nonce, verifier } };
    },

    async end(address, kept, identity) {
      const { state, nonce, verifier, view } = parseMemory(kept);
      const provider = await configuration();
      const tokens = await openId
        .authorizationCodeGrant(provider, address, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        })
        .catch((cause: unknown) => {
          throw failed(explain(cause), cause);
        });
      const claims = tokens.claims();
      if (!claims) throw failed('the provider did not say who it is');
      const isWhole = claims[usernameClaim] !== undefined;
      const more = isWhole
        ? {}
        : await openId.fetchUserInfo(provider, tokens.access_token, claims.sub).catch(() => ({}));
      return { caller: await identity.callerOf({ ...more, ...claims }, issuer), view };
    },

    async logoutUrl(returnTo) {
      const provider = await configuration().catch(() => undefined);
      if (!provider?.serverMetadata().end_session_endpoint) return null;
      return openId.buildEndSessionUrl(provider, { post_logout_redirect_uri: returnTo }).href;
    },
  };
}

function parseMemory(kept: string | undefined) {
  try {
    return memorySchema.parse(JSON.parse(kept ?? ''));
  } catch (cause) {
    throw failed('it was not begun in this browser, or took more than ten minutes', cause);
  }
}

function explain(cause: unknown): string {
  if (cause instanceof openId.AuthorizationResponseError) {
    return `the provider says ${cause.error_description ?? cause.error}`;
  }
  return 'the response of the provider is not valid';
}

function failed(reason: string, cause?: unknown): StagingError {
  return new StagingError('LOGIN_FAILED', { reason }, { cause });
}
