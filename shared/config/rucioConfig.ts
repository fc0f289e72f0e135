import * as z from 'zod';
import { ConfigError } from './configError.ts';
import { Secret } from './secret.ts';
import { baseUrl, parseJson, yesOrNo } from './settingTypes.ts';

/** An address as Rucio writes it, without a trailing slash: a scheme, a host and perhaps a port and a path. */
const pfnPrefix = z
  .string()
  .transform((prefix) => prefix.replace(/\/+$/, ''))
  .pipe(z.string().regex(/^[a-z][a-z0-9+.-]*:\/\/[^\s?#]+$/i));

/** Printable ASCII: a name, without spaces, or a secret. */
const asciiName = z.string().regex(/^[\x21-\x7e]{1,255}$/);
const asciiSecret = z.string().regex(/^[\x20-\x7e]{1,1024}$/);

/** The settings about Rucio, in the form of `settings.ts`. */
export const rucioSettings = {
  /** The address of Rucio's server; without it, the service supports no data identifiers. */
  RUCIO_URL: baseUrl.optional().describe('an http:// or https:// URL without a user and password'),
  /** The address of Rucio's authentication server, if it is a different one. */
  RUCIO_AUTH_URL: baseUrl.optional().describe('an http:// or https:// URL without a user and password'),
  /** How the service authenticates at Rucio. */
  RUCIO_AUTH: z
    .enum(['userpass', 'x509_proxy', 'oidc', 'caller'])
    .default('userpass')
    .describe('userpass, x509_proxy, oidc or caller'),
  /** The account at Rucio. */
  RUCIO_ACCOUNT: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .optional()
    .describe('the name of an account'),
  /** The user of RUCIO_AUTH=userpass. */
  RUCIO_USERNAME: asciiName.optional().describe('a user name'),
  /** The password of that user. */
  RUCIO_PASSWORD: asciiSecret.optional().describe('a password, in ASCII'),
  /** The file of RUCIO_AUTH=x509_proxy: a certificate and its key in one PEM file, read at each login. */
  RUCIO_X509_PROXY: z.string().min(1).optional().describe('the path of a file'),
  /** The issuer of RUCIO_AUTH=oidc, whose metadata names the token endpoint. */
  RUCIO_OIDC_ISSUER: baseUrl.optional().describe('an http:// or https:// URL without a user and password'),
  /** The service's own client at that issuer. */
  RUCIO_OIDC_CLIENT_ID: asciiName.optional().describe('the id of a client'),
  /** The secret of that client. */
  RUCIO_OIDC_CLIENT_SECRET: asciiSecret.optional().describe('the secret of a client, in ASCII'),
  /** The scopes of the token, for issuers that require them. */
  RUCIO_OIDC_SCOPE: z.string().min(1).optional().describe('a space-separated list of scopes'),
  /** The audience of the token: that of Rucio. */
  RUCIO_OIDC_AUDIENCE: z.string().min(1).optional().describe('an audience'),
  /** The RSEs whose data is mounted here, as an RSE expression; needed with RUCIO_URL. */
  RUCIO_RSE: z.string().min(1).optional().describe('an RSE expression, such as SRC_LOCAL'),
  /** Where the data of these RSEs is mounted: prefixes of PFNs, and paths beneath the source storage or s3:// addresses. */
  RUCIO_PFN_MAP: z
    .preprocess(parseJson, z.record(pfnPrefix, z.string().regex(/^\P{Cc}*$/u)))
    .default({})
    .describe('a JSON object of PFN prefixes and paths beneath the source storage, or s3:// addresses'),
  /** Whether replicas that differ from the catalogue are declared suspicious. */
  RUCIO_DECLARE_BAD: yesOrNo.default(false).describe('true or false'),
  /** Whether data that is only at other sites may be replicated here, by a rule. */
  RUCIO_RULES: yesOrNo.default(false).describe('true or false'),
  /** Whether replicas that links lead to are protected by a rule. */
  RUCIO_PIN: yesOrNo.default(false).describe('true or false'),
};

type Settings = z.output<z.ZodObject<typeof rucioSettings>>;

/** Rucio, how the service authenticates there, and where the data of this site is mounted. */
export type RucioConfig = Readonly<NonNullable<ReturnType<typeof rucioOf>>>;

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
export function rucioOf(settings: Settings) {
  const { RUCIO_URL: url, RUCIO_AUTH_URL: authUrl = url } = settings;
  if (url === undefined || authUrl === undefined) return undefined;
  checkRules(settings);
  return {
    url,
    authUrl,
    account: settings.RUCIO_ACCOUNT,
    credentials: rucioCredentials(settings),
    rseExpression: needed(settings, 'RUCIO_RSE', 'RUCIO_URL is set'),
    /** Locations by prefixes of PFNs. */
    pfnMap: settings.RUCIO_PFN_MAP,
    isBadDeclared: settings.RUCIO_DECLARE_BAD,
    /** Whether data is replicated to this site by rules. */
    areRulesMade: settings.RUCIO_RULES,
    /** Whether rules protect replicas that links lead to. */
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
