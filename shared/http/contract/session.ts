import * as z from 'zod';
import type { Identity } from '../../identity/identity.ts';
import { type Caller, roles } from '../../model/caller.ts';

/** The identity of a caller, and the ways to log in. */
export const sessionSchema = z
  .object({
    auth_modes: z.array(z.enum(['oidc', 'tokens', 'header'])).describe('empty if authentication is disabled'),
    has_login: z.boolean().describe('whether GET /login leads to an OpenID provider'),
    caller: z
      .object({
        name: z.string(),
        username: z.string().nullable().describe('the name of the user area'),
        roles: z.array(z.enum(roles)),
        areas: z.array(z.string()).describe('the areas that the caller may stage into'),
        expires_at: z.iso.datetime().nullable(),
      })
      .nullable()
      .describe('null if the request is not authenticated'),
  })
  .meta({ id: 'Session' });

/** The body of a login with a token. */
export const loginSchema = z.object({
  token: z.string().min(1).describe('a token of the service or of its provider'),
});

/** The result of a logout. */
export const loggedOutSchema = z
  .object({ logout_url: z.url().nullable().describe('URL to log out of the OpenID provider as well') })
  .meta({ id: 'LoggedOut' });

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

/** A link that needs no login. */
export const downloadLinkSchema = z
  .object({ url: z.url(), expires_at: z.iso.datetime() })
  .meta({ id: 'DownloadLink' });

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
