import * as z from 'zod';
import { roles } from '../../../model/caller.ts';

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

/** The result of a logout. */
export const loggedOutSchema = z
  .object({ logout_url: z.url().nullable().describe('URL to log out of the OpenID provider as well') })
  .meta({ id: 'LoggedOut' });

/** A link that needs no login. */
export const downloadLinkSchema = z
  .object({ url: z.url(), expires_at: z.iso.datetime() })
  .meta({ id: 'DownloadLink' });
