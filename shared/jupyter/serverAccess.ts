import type { ServerToken } from '../config/secret.ts';
import type { Hub, MadeToken } from './hub.ts';
import type { ServerConnection } from './jupyterClient.ts';

/**
 * The access of one operation to a user's notebook server. Disposing of it revokes the tokens that were made for it.
 */
export interface ServerAccess extends Pick<ServerConnection, 'token' | 'keepFor'>, AsyncDisposable {
  [Symbol.asyncDispose](): Promise<void>;
}

/** Whose access to which server, and why. */
interface AccessWish {
  readonly username: string;
  readonly operationId: string;
  /** A token is renewed at half of it; if the process is killed, the token expires. */
  readonly lifetimeSeconds?: number;
}

/** A token, and its expiry, by the clock of `performance`. */
interface DatedToken extends MadeToken {
  readonly endMs: number;
}

/** Long enough to continue while the hub is restarted. */
const usualLifetimeSeconds = 600;
/** How soon after a failure the hub is queried again. */
const retryAfterMs = 30_000;

/** With a token that the caller has provided, and must revoke. */
export function ownAccess(token: ServerToken): ServerAccess {
  return {
    token: async () => token,
    keepFor: (work) => void work.catch(() => undefined),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/**
 * With tokens of the user that are made for this one operation, the first when it is needed: with the service's own,
 * its receiver could access every user's server.
 */
export function createServerAccess(
  hub: Pick<Hub, 'makeToken' | 'revokeToken'>,
  { username, operationId, lifetimeSeconds = usualLifetimeSeconds }: AccessWish,
): ServerAccess {
  const wish = {
    note: `ska-staging-service: jupyter_copy ${operationId}`,
    expiresInSeconds: lifetimeSeconds,
  };
  const lifetimeMs = lifetimeSeconds * 1000;
  // It serves several requests, and must not be aborted with one of them.
  const { signal } = new AbortController();
  /** The newest is the last. Requests with an earlier one may still be in flight, so none is revoked before the end. */
  let tokens: DatedToken[] = [];
  let renewAtMs = 0;
  let renewing: Promise<void> | undefined;
  const working = new Set<Promise<unknown>>();

  const renew = async () => {
    const begin = performance.now();
    tokens = tokens.filter(({ endMs }) => endMs > begin);
    try {
      const made = await hub.makeToken(username, wish, signal);
      tokens = [...tokens, { ...made, endMs: begin + lifetimeMs }];
      renewAtMs = begin + lifetimeMs / 2;
    } catch (error) {
      const last = tokens.at(-1);
      if (!last) throw error;
      renewAtMs = Math.min(performance.now() + retryAfterMs, last.endMs);
    }
  };
  const keepFor = (work: Promise<unknown>) => {
    const ending = work.catch(() => undefined).finally(() => working.delete(ending));
    working.add(ending);
  };
  const revoke = async () => {
    await Promise.all(tokens.map(({ id }) => hub.revokeToken(username, id, signal)));
  };

  return {
    async token() {
      if (performance.now() >= renewAtMs) {
        renewing ??= renew().finally(() => {
          renewing = undefined;
        });
        keepFor(renewing);
        await renewing;
      }
      const last = tokens.at(-1);
      if (!last) throw new Error('A renewal makes a token or fails');
      return last.token;
    },
    keepFor,
    async [Symbol.asyncDispose]() {
      if (working.size === 0) return revoke();
      // That work runs in the background, and so does this; the tokens expire in any case.
      void Promise.all(working)
        .then(revoke)
        .catch(() => undefined);
    },
  };
}
