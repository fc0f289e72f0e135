import type * as z from 'zod';
import { StagingError } from '../errors/stagingError.ts';
import type { Project } from '../model/caller.ts';
import { namesOfSource, parseSource, type SourcePlaces } from '../model/sourcePath.ts';
import { ConfigError } from './configError.ts';
import type { IdentityMode } from './identitySettings.ts';
import { Secret } from './secret.ts';
import type { settingsSchema } from './settings.ts';

type Settings = z.output<typeof settingsSchema>;

/** How callers are identified, and what they may do. */
export interface IdentityConfig {
  /** Empty with AUTH_MODE=none. */
  readonly modes: readonly IdentityMode[];
  readonly openId: {
    readonly issuers: readonly string[];
    readonly audiences: readonly string[];
    readonly usernameClaim: string;
    /** Clients that may act for every user. */
    readonly portals: readonly string[];
    /** The OpenID client of the page, at the first issuer; undefined if users paste a token. */
    readonly client:
      | { readonly id: string; readonly secret: Secret | undefined; readonly scopes: string }
      | undefined;
  };
  /** Whether only accounts that an administrator has added may use the service. */
  readonly areAccountsExplicit: boolean;
  /** The file of the service's own tokens; empty without the mode `tokens`. */
  readonly tokensFile: string;
  /** How long a login lasts, in ms. */
  readonly session: { readonly idleMs: number; readonly lifetimeMs: number };
  readonly headers: { readonly username: string; readonly groups: string };
  readonly operatorGroups: readonly string[];
  readonly projects: readonly Project[];
}

/** @throws ConfigError if a mode lacks what it needs, or a project has an invalid source */
export function identityOf(settings: Settings, places: SourcePlaces): IdentityConfig {
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
    modes,
    openId: {
      issuers: settings.OIDC_ISSUERS,
      audiences: settings.OIDC_AUDIENCE,
      usernameClaim: settings.OIDC_USERNAME_CLAIM,
      portals: settings.PORTAL_CLIENTS,
      client: clientOf(settings),
    },
    areAccountsExplicit: settings.ACCOUNTS === 'explicit',
    tokensFile: settings.AUTH_TOKENS_FILE ?? '',
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
