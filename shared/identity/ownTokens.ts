// The service's own tokens, for sites and programs without an OpenID provider: a file with a line of JSON for each. It
// contains only their SHA-256, which is sufficient for secrets of 256 random bits, and useless to a reader.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ConfigError } from '../config/configError.ts';
import type { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import { type Caller, roles } from '../model/caller.ts';
import { parseJson } from '../model/parseJson.ts';
import { usernameSchema } from '../model/paths.ts';
import type { IdentityServices } from './identity.ts';

/** The prefix of the service's own tokens, so that secret scanners find them. */
export const tokenPrefix = 'skast_';

/** A line of the file. */
export const ownTokenSchema = z.strictObject({
  name: z.string().min(1).max(255).describe('what it is for'),
  sha256: z.string().regex(/^[\da-f]{64}$/),
  user: usernameSchema.nullable(),
  roles: z.array(z.enum(roles)).min(1),
  projects: z.array(z.string()).default([]).describe('the groups whose projects it may use'),
  expires_at: z.iso.datetime().nullable(),
});

export type OwnToken = z.output<typeof ownTokenSchema>;

/** The SHA-256 of a token, in hex. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The service's own tokens. */
export interface OwnTokens {
  /** The owner of a token; undefined for a text that is not one of the service's own. @throws TOKEN_INVALID */
  identify(token: Secret): Caller | undefined;
  /** The owner of the token with this hash; undefined if it is unknown or has expired. */
  findByHash(sha256: string): Caller | undefined;
}

/**
 * Reads the file of tokens, now and at every SIGHUP; if it is invalid at a SIGHUP, the tokens stay unchanged.
 * @throws ConfigError if it is invalid now
 */
export async function openOwnTokens({
  config: { identity },
  logger,
}: Pick<IdentityServices, 'config' | 'logger'>): Promise<OwnTokens> {
  let known = await readTokens(identity.tokensFile);
  process.on('SIGHUP', () => {
    readTokens(identity.tokensFile).then(
      (tokens) => {
        known = tokens;
        logger.info({ tokens: tokens.size }, 'reloaded the tokens');
      },
      (error: unknown) =>
        logger.error({ err: error }, 'could not reload the tokens; keeping the previous ones'),
    );
  });
  const findByHash = (sha256: string): Caller | undefined => {
    const token = known.get(sha256);
    const expiresAt = token?.expires_at ? new Date(token.expires_at) : undefined;
    if (!token || (expiresAt && expiresAt.getTime() <= Date.now())) return undefined;
    return {
      name: token.user ?? token.name,
      username: token.user ?? undefined,
      groups: token.projects,
      roles: new Set(token.roles),
      projects: identity.projects.filter(({ group }) => token.projects.includes(group)),
      scopes: undefined,
      expiresAt,
    };
  };
  return {
    findByHash,
    identify(token) {
      const text = token.reveal();
      if (!text.startsWith(tokenPrefix)) return undefined;
      const caller = findByHash(tokenHash(text));
      if (caller) return caller;
      throw new StagingError('TOKEN_INVALID', { reason: 'it is unknown, has expired, or was revoked' });
    },
  };
}

/** The tokens of a file by their hashes. @throws ConfigError */
async function readTokens(path: string): Promise<ReadonlyMap<string, OwnToken>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`AUTH_TOKENS_FILE is "${path}", which cannot be read`, { cause });
  });
  const tokens = new Map<string, OwnToken>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const token = ownTokenSchema.safeParse(parseJson(line)).data;
    if (!token)
      throw new ConfigError(`AUTH_TOKENS_FILE is "${path}", whose line ${index + 1} is not a valid token`);
    tokens.set(token.sha256, token);
  }
  return tokens;
}
