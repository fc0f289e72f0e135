import * as z from 'zod';
import { StagingError } from '../errors/stagingError.ts';
import type { Project } from '../model/caller.ts';
import { usernameSchema } from '../model/paths.ts';
import { namesOfSource, parseSource, type SourcePlaces } from '../model/sourcePath.ts';
import { ConfigError } from './configError.ts';
import { Secret } from './secret.ts';
import type { settingsSchema } from './settings.ts';
import { commaList, parseJson, seconds, yesOrNo } from './settingTypes.ts';

/** The ways in which callers may be identified. */
const identityModes = ['oidc', 'tokens', 'header'] as const;

type IdentityMode = (typeof identityModes)[number];

/** The name of a header (RFC 9110 §5.1). */
const headerName = z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/);

/**
 * An issuer exactly as its tokens name it. A man in the middle could impersonate anybody, so without TLS it must be on
 * this machine.
 */
const issuer = z
  .url({ protocol: /^https?$/ })
  .regex(
    /^(?:https:\/\/[^/?#@\\]+|http:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?)(?:\/[^?#\\]*)?$/,
  );

const names = commaList(z.string().min(1).max(255));

const project = z.strictObject({
  area: usernameSchema,
  sources: z.array(z.string().min(1)).default([]),
});

/** The settings about authentication, in the form of `settings.ts`. */
export const identitySettings = {
  /** How callers are identified. With `none` everybody may do everything, so then the service listens on loopback only. */
  AUTH_MODE: z
    .union([z.literal('none').transform((): IdentityMode[] => []), commaList(z.enum(identityModes))])
    .default([])
    .describe(`none, or a comma-separated list of ${identityModes.join(', ')}`),
  /** Allows other machines to reach a service with AUTH_MODE=none. */
  ALLOW_INSECURE: yesOrNo.default(false).describe('true or false'),
  /** The OpenID providers whose access tokens are accepted, exactly as their tokens name them. */
  OIDC_ISSUERS: commaList(issuer)
    .default([])
    .describe('a comma-separated list of https:// URLs; http:// ones only on this machine'),
  /** The accepted audiences of tokens. */
  OIDC_AUDIENCE: names
    .default([])
    .describe('a comma-separated list of names of this service, as in the claim aud of its tokens'),
  /** The claim that names the user area, at an account's first request. */
  OIDC_USERNAME_CLAIM: z.string().min(1).default('preferred_username').describe('the name of a claim'),
  /** The client that the page logs in with; without it, users paste a token. */
  OIDC_CLIENT_ID: z.string().min(1).max(255).optional().describe('the id of a client'),
  /** Its secret. */
  OIDC_CLIENT_SECRET: z.string().min(1).optional().describe('the secret of a client'),
  /** The scopes that the page requests from the provider. */
  OIDC_SCOPES: z
    .string()
    .regex(/^openid( [\x21\x23-\x5b\x5d-\x7e]+)*$/)
    .default('openid profile')
    .describe('a space-separated list of scopes, the first of them openid'),
  /** The idle timeout of a login, in seconds. */
  SESSION_IDLE_TIMEOUT: seconds(60).default(28_800_000).describe('a number of seconds from 60 to 86400'),
  /** The maximum duration of a login, in seconds. */
  SESSION_LIFETIME: seconds(60).default(86_400_000).describe('a number of seconds from 60 to 86400'),
  /** Who gets an account: everybody at the first request, or only those whom `npm run account` has added. */
  ACCOUNTS: z
    .enum(['first-request', 'explicit'])
    .default('first-request')
    .describe('first-request or explicit'),
  /** The file of the service's own tokens, which `npm run token` writes. It is read again on SIGHUP. */
  AUTH_TOKENS_FILE: z.string().min(1).optional().describe('the path of a file'),
  /** The header in which a proxy in TRUSTED_PROXIES names the user. */
  USERNAME_HEADER: headerName.default('X-Forwarded-User').describe('the name of a header'),
  /** The header in which it lists the user's groups, separated by commas. */
  GROUPS_HEADER: headerName.default('X-Forwarded-Groups').describe('the name of a header'),
  /** The groups whose members are operators. */
  OPERATOR_GROUPS: names.default([]).describe('a comma-separated list of groups'),
  /** The clients of the OpenID providers that may act for every user. */
  PORTAL_CLIENTS: names.default([]).describe('a comma-separated list of client ids'),
  /** The groups that share a user area, and the sources that only they may read. */
  PROJECTS: z
    .preprocess(parseJson, z.record(z.string().min(1), project))
    .default({})
    .describe(
      'a JSON object such as {"group": {"area": "name", "sources": ["folder", "s3://bucket/folder"]}}',
    ),
};

type Settings = z.output<typeof settingsSchema>;

/** How callers are identified, and what they may do. */
export type IdentityConfig = Readonly<ReturnType<typeof identityOf>>;

/** @throws ConfigError if a mode lacks what it needs, or a project has an invalid source */
export function identityOf(settings: Settings, places: SourcePlaces) {
  const modes = [...new Set(settings.AUTH_MODE)];
  const need = (mode: IdentityMode, name: keyof Settings & string, isSet: boolean) => {
    if (!modes.includes(mode) || isSet) return;
    throw new ConfigError(`${name} is not set, and is required when AUTH_MODE has ${mode}`);
  };
  need('oidc', 'OIDC_ISSUERS', settings.OIDC_ISSUERS.length > 0);
  need('oidc', 'OIDC_AUDIENCE', settings.OIDC_AUDIENCE.length > 0);
  need('tokens', 'AUTH_TOKENS_FILE', settings.AUTH_TOKENS_FILE !== undefined);
  need('header', 'TRUSTED_PROXIES', settings.TRUSTED_PROXIES.length > 0);
  return {
    /** Empty with AUTH_MODE=none. */
    modes,
    openId: {
      issuers: settings.OIDC_ISSUERS,
      audiences: settings.OIDC_AUDIENCE,
      usernameClaim: settings.OIDC_USERNAME_CLAIM,
      /** Clients that may act for every user. */
      portals: settings.PORTAL_CLIENTS,
      /** The OpenID client of the page, at the first issuer; undefined if users paste a token. */
      client: clientOf(settings),
    },
    /** Whether only accounts that an administrator has added may use the service. */
    areAccountsExplicit: settings.ACCOUNTS === 'explicit',
    /** The file of the service's own tokens; empty without the mode `tokens`. */
    tokensFile: settings.AUTH_TOKENS_FILE ?? '',
    /** How long a login lasts. */
    session: { idleMs: settings.SESSION_IDLE_TIMEOUT, lifetimeMs: settings.SESSION_LIFETIME },
    headers: { username: settings.USERNAME_HEADER, groups: settings.GROUPS_HEADER },
    operatorGroups: settings.OPERATOR_GROUPS.map(groupName),
    projects: projectsOf(settings.PROJECTS, places),
  };
}

function clientOf({
  OIDC_CLIENT_ID: id,
  OIDC_CLIENT_SECRET: secret,
  OIDC_SCOPES: scopes,
  AUTH_MODE,
}: Settings) {
  if (id === undefined || !AUTH_MODE.includes('oidc')) return undefined;
  return { id, secret: secret === undefined ? undefined : new Secret(secret), scopes };
}

/** A group without the slash that some providers prefix. */
export function groupName(text: string): string {
  return text.replace(/^\//, '');
}

function projectsOf(given: Settings['PROJECTS'], places: SourcePlaces): readonly Project[] {
  return Object.entries(given).map(([group, { area, sources }]) => ({
    group: groupName(group),
    area,
    sources: sources.map((source) => {
      try {
        return namesOfSource(parseSource(source, places));
      } catch (cause) {
        if (!(cause instanceof StagingError)) throw cause;
        throw new ConfigError(`PROJECTS has the source ${JSON.stringify(source)}: ${cause.message}`, {
          cause,
        });
      }
    }),
  }));
}
