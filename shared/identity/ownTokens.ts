// The service's own tokens, for sites and programs without an OpenID provider: a file with a line of JSON for each. It
// has only their SHA-256, which is enough for secrets of 256 random bits, and of no use to who reads it.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ConfigError } from '../config/configError.ts';
import type { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import { type Caller, roles } from '../model/caller.ts';
import { usernameSchema } from '../model/paths.ts';
import type { IdentityServices } from './identity.ts';

/** What the service's own tokens begin with, so that secret scanners find them. */
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

/**
 * Identifies callers by the service's own tokens. The file is read now and at every SIGHUP; if it is invalid then, the
 * tokens stay as they are. @throws ConfigError if it is invalid now
 */
export async function createTokenIdentify({
  config: { identity },
  logger,
}: Pick<IdentityServices, 'config' | 'logger'>): Promise<(token: Secret) => Caller | undefined> {
  let known = await readTokens(identity.tokensFile);
  process.on('SIGHUP', () => {
    readTokens(identity.tokensFile).then(
      (tokens) => {
        known = tokens;
        logger.info({ tokens: tokens.size }, 'read the tokens again');
      },
      (error: unknown) => logger.error({ err: error }, 'the tokens stay as they were'),
    );
  });
  return (secret) => {
    const text = secret.reveal();
    if (!text.startsWith(tokenPrefix)) return undefined;
    const token = known.get(tokenHash(text));
    if (!token) throw new StagingError('TOKEN_INVALID', { reason: 'it is unknown, or was revoked' });
    const expiresAt = token.expires_at === null ? undefined : new Date(token.expires_at);
    if (expiresAt && expiresAt.getTime() <= Date.now()) {
      throw new StagingError('TOKEN_INVALID', { reason: `it has expired at ${expiresAt.toISOString()}` });
    }
    return {
      name: token.user ?? token.name,
      username: token.user ?? undefined,
      roles: new Set(token.roles),
      projects: identity.projects.filter(({ group }) => token.projects.includes(group)),
      scopes: undefined,
      expiresAt,
    };
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
    const token = parseLine(line);
    if (!token) throw new ConfigError(`AUTH_TOKENS_FILE is "${path}", and line ${index + 1} is not a token`);
    tokens.set(token.sha256, token);
  }
  return tokens;
}

function parseLine(line: string): OwnToken | undefined {
  try {
    return ownTokenSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
