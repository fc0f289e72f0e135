import type * as z from 'zod';
import { ConfigError } from './configError.ts';
import { rucioSettings } from './rucioSettings.ts';
import { Secret } from './secret.ts';

type Settings = z.output<z.ZodObject<typeof rucioSettings>>;

/** Rucio, how the service authenticates there, and where the data of this site is mounted. */
export interface RucioConfig {
  readonly url: string;
  readonly authUrl: string;
  readonly account: string | undefined;
  readonly credentials: RucioCredentials;
  readonly rseExpression: string;
  /** Locations by prefixes of PFNs. */
  readonly pfnMap: Readonly<Record<string, string>>;
  readonly isBadDeclared: boolean;
  /** Whether data is replicated to this site by rules. */
  readonly areRulesMade: boolean;
  /** Whether rules protect replicas that links lead to. */
  readonly areReplicasPinned: boolean;
}

/** The identity of the service at Rucio: its own, or the caller's. */
export type RucioCredentials =
  | { readonly kind: 'userpass'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'x509_proxy'; readonly file: string }
  | {
      readonly kind: 'oidc';
      readonly issuer: string;
      readonly clientId: string;
      readonly clientSecret: Secret;
      readonly scope: string | undefined;
      readonly audience: string | undefined;
    }
  | { readonly kind: 'caller' };

/** Rucio's settings, if RUCIO_URL is set. @throws ConfigError if it is set, and a required setting is missing */
export function rucioOf(settings: Settings): RucioConfig | undefined {
  const { RUCIO_URL: url, RUCIO_AUTH_URL: authUrl = url } = settings;
  if (url === undefined || authUrl === undefined) return undefined;
  checkRules(settings);
  return {
    url,
    authUrl,
    account: settings.RUCIO_ACCOUNT,
    credentials: rucioCredentials(settings),
    rseExpression: needed(settings, 'RUCIO_RSE', 'RUCIO_URL is set'),
    pfnMap: settings.RUCIO_PFN_MAP,
    isBadDeclared: settings.RUCIO_DECLARE_BAD,
    areRulesMade: settings.RUCIO_RULES,
    areReplicasPinned: settings.RUCIO_PIN,
  };
}

/** Rules are polled and ended long after the caller's token has expired. */
function checkRules(settings: Settings): void {
  const { RUCIO_AUTH, RUCIO_RULES, RUCIO_PIN } = settings;
  if (!RUCIO_RULES && !RUCIO_PIN) return;
  const name = RUCIO_RULES ? 'RUCIO_RULES' : 'RUCIO_PIN';
  if (RUCIO_AUTH === 'caller') {
    throw new ConfigError(`${name} is true, and must be false when RUCIO_AUTH is caller`);
  }
  needed(settings, 'RUCIO_ACCOUNT', `${name} is true`);
}

function rucioCredentials(settings: Settings): RucioCredentials {
  const { RUCIO_AUTH: kind } = settings;
  const reason = `RUCIO_AUTH is ${kind}`;
  switch (kind) {
    case 'userpass':
      return {
        kind,
        username: needed(settings, 'RUCIO_USERNAME', reason),
        password: new Secret(needed(settings, 'RUCIO_PASSWORD', reason)),
      };
    case 'x509_proxy':
      return { kind, file: needed(settings, 'RUCIO_X509_PROXY', reason) };
    case 'oidc':
      return {
        kind,
        issuer: needed(settings, 'RUCIO_OIDC_ISSUER', reason),
        clientId: needed(settings, 'RUCIO_OIDC_CLIENT_ID', reason),
        clientSecret: new Secret(needed(settings, 'RUCIO_OIDC_CLIENT_SECRET', reason)),
        scope: settings.RUCIO_OIDC_SCOPE,
        audience: settings.RUCIO_OIDC_AUDIENCE,
      };
    case 'caller':
      return { kind };
  }
}

/** A setting that another one requires. */
function needed<Name extends keyof Settings>(
  settings: Settings,
  name: Name,
  reason: string,
): NonNullable<Settings[Name]> {
  const value = settings[name];
  if (value !== undefined && value !== null) return value;
  const { description } = rucioSettings[name];
  throw new ConfigError(`${name} is not set, and must be ${description} when ${reason}`);
}
