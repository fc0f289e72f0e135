// A login on the page creates a session, whose secret is in a cookie. A download link is a session of a few minutes,
// for that download only. Permissions are derived again at each request, so revoking a token ends the sessions that it
// started.

import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import type { Caller } from '../model/caller.ts';
import { usernameSchema } from '../model/paths.ts';
import type { SessionRecord } from '../record/identityRecord.ts';
import { type IdentityServices, rightsOf } from './identity.ts';
import { type OwnTokens, tokenHash, tokenPrefix } from './ownTokens.ts';

/** The caller of a session. */
const accountSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), sha256: z.string() }),
  z.object({
    kind: z.literal('user'),
    name: z.string(),
    username: usernameSchema.nullable(),
    groups: z.array(z.string()),
  }),
]);

type SessionAccount = z.output<typeof accountSchema>;

/** The sessions of a service. */
export interface Sessions {
  /**
   * Creates a session for a caller who has logged in, perhaps with a token; returns its secret. @throws LOGIN_FAILED
   */
  begin(caller: Caller, token?: Secret): Promise<Secret>;
  /** Creates a session for a single download, valid until the given time. */
  beginLink(caller: Caller, path: string, until: Date): Promise<Secret>;
  /** The caller of a session; undefined if it has ended, or is a link to something else. */
  find(secret: Secret, path: string): Promise<Caller | undefined>;
  end(secret: Secret): Promise<void>;
}

/** How often the last use of a session is recorded, in ms. */
const touchMs = 60_000;

/** Sessions in the record, by this clock. */
export function createSessions(
  { config: { identity } }: Pick<IdentityServices, 'config'>,
  record: SessionRecord,
  tokens: OwnTokens | undefined,
  clock: () => number = Date.now,
): Sessions {
  const { idleMs, lifetimeMs } = identity.session;
  const add = async (account: SessionAccount, path: string | null, expiresAt: Date) => {
    const secret = randomBytes(32).toString('base64url');
    await record.add({
      secretHash: tokenHash(secret),
      account: JSON.stringify(account),
      path,
      usedAt: new Date(clock()),
      expiresAt,
    });
    return new Secret(secret);
  };
  const callerOf = (account: SessionAccount, expiresAt: Date): Caller | undefined => {
    if (account.kind === 'token') return tokens?.findByHash(account.sha256);
    const { name, username, groups } = account;
    const rights = rightsOf(groups, identity);
    return { name, username: username ?? undefined, ...rights, scopes: undefined, expiresAt };
  };
  return {
    async begin(caller, token) {
      const account = accountOf(caller, token);
      // It would have more rights than the token: a session stores neither the scopes of a token nor that its owner is
      // a program.
      if (account.kind === 'user' && (caller.scopes || !caller.roles.has('user'))) {
        throw new StagingError('LOGIN_FAILED', {
          reason: 'a token with limited rights cannot start a session',
        });
      }
      const latest = new Date(clock() + lifetimeMs);
      const { expiresAt = latest } = caller;
      return add(account, null, expiresAt < latest ? expiresAt : latest);
    },
    beginLink: (caller, path, until) => add(accountOf(caller), plainPath(path), until),
    async find(secret, path) {
      const secretHash = tokenHash(secret.reveal());
      const session = await record.find(secretHash);
      if (!session || (session.path !== null && session.path !== plainPath(path))) return undefined;
      const now = clock();
      const { expiresAt, usedAt } = session;
      if (expiresAt.getTime() <= now || usedAt.getTime() + idleMs <= now) return undefined;
      if (usedAt.getTime() + Math.min(touchMs, idleMs / 2) <= now)
        await record.touch(secretHash, new Date(now));
      return callerOf(accountSchema.parse(JSON.parse(session.account)), expiresAt);
    },
    end: (secret) => record.remove(tokenHash(secret.reveal())),
  };
}

/**
 * The path of a link, however it is encoded: proxies such as nginx encode paths in their own way, and merge the slashes
 * after `s3:`.
 */
function plainPath(path: string): string {
  try {
    return decodeURIComponent(path).replace(/^(\/download\/s3:)\/+/, '$1/');
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/** One of the service's own tokens is looked up again by its hash; a provider's claims are stored. */
function accountOf({ name, username, groups }: Caller, token?: Secret): SessionAccount {
  const text = token?.reveal() ?? '';
  if (text.startsWith(tokenPrefix)) return { kind: 'token', sha256: tokenHash(text) };
  return { kind: 'user', name, username: username ?? null, groups: [...groups] };
}
