import * as z from 'zod';
import type { Identity } from '../../identity/identity.ts';
import type { Caller } from '../../model/caller.ts';
import type { sessionSchema } from './answers/session.ts';

/** The body of a login with a token. */
export const loginSchema = z.object({
  token: z.string().min(1).describe('a token of the service or of its provider'),
});

/** The query of a login at the OpenID provider. */
export const loginQuerySchema = z.object({
  view: z
    .string()
    .regex(/^#[^\r\n]{0,2000}$/)
    .optional()
    .describe('the view of the page to return to'),
});

/** The body of a request for a link. */
export const downloadLinkBodySchema = z.object({
  path: z.string().min(1).describe('a path of the source storage, or s3://bucket/key'),
  seconds: z.number().int().min(1).max(300).default(300).describe('validity of the link, in seconds'),
});

/** The session of a caller, as the API shows it. */
export function sessionJson(
  { modes }: Pick<Identity, 'modes'>,
  hasLogin: boolean,
  caller: Caller | undefined,
): z.output<typeof sessionSchema> {
  return {
    auth_modes: [...modes],
    has_login: hasLogin,
    caller: caller
      ? {
          name: caller.name,
          username: caller.username ?? null,
          roles: [...caller.roles],
          areas: [
            ...(caller.username === undefined ? [] : [caller.username]),
            ...caller.projects.map(({ area }) => area),
          ],
          expires_at: caller.expiresAt?.toISOString() ?? null,
        }
      : null,
  };
}
