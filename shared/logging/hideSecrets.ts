import { hasLiveSecret, hiddenSecret as hidden, hideLiveSecrets } from '../process/liveSecrets.ts';

const words =
  'token|passw(?:or)?d|passphrase|pwd|secret|authorization|cookie|(?:api|access|private)[_-]?key|credential|signature';

/** `jupyter_token`, `Authorization`, `set-cookie`, `apiKeys`, … */
const secretKey = new RegExp(`(?:${words})s?$`, 'i');

/**
 * The user of a URL, with or without a password, up to the last @, because people forget to encode one in a password.
 * The lookahead excludes ports: `http://host:8000/user/anna@ska.org` has no user. All repetition is bounded, so that a
 * hostile text cannot make it slow.
 */
const urlUser = /:\/\/[^\s/?#@:]{0,256}(?::(?!\d{1,5}(?:[/?#\s]|$))\S{0,512})?@/g;

/** `token=x`, `token%3Dx`, and in quoted JSON or JavaScript `"token": "x"`, `token: 'x'`. */
const named = new RegExp(
  `((?:${words})s?[\\\\"']{0,4}\\s{0,8}(?:=|%3D|:(?=\\s{0,8}[\\\\"']))\\s{0,8})` +
    `(?:\\\\?"[^"\\\\]*\\\\?"|'[^']*'|[^\\s&"'\\\\<>;,]+)`,
  'gi',
);

/** Header lines: `Authorization: token x`, `Cookie: a=x; b=y`. */
const headerLine = /\b((?:authorization|(?:set-)?cookie)\s?:\s?)[^\r\n"'[][^\r\n"']*/gi;

/**
 * `Bearer x`, `token x` (as JupyterHub has it): a long word with a digit in it, because `token authentication failed`
 * is not a secret.
 */
const scheme = /\b((?:bearer|basic|token)\s)(?=[^\s\d]*\d)[\w.~+/=-]{16,}/gi;

/** A JSON Web Token is recognised anywhere by its first letters. */
const webToken = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;

/** Cheap enough for every line; only lines that may contain a secret are examined closely. */
const suspicion = new RegExp(`${words}|bearer|basic|eyJ|://\\S{0,800}@`, 'i');

/** The text without the secrets of this process, passwords of URLs, `token=` values, authorization headers and the like. */
export function hideSecretsInText(given: string): string {
  const text = hideLiveSecrets(given);
  if (!suspicion.test(text)) return text;
  return text
    .replace(urlUser, `://${hidden}@`)
    .replace(headerLine, `$1${hidden}`)
    .replace(named, `$1${hidden}`)
    .replace(scheme, `$1${hidden}`)
    .replace(webToken, hidden);
}

/**
 * A JSON log line without secrets: not under keys that name one, at any depth, nor within any text. pino's own `redact`
 * only covers exact paths, and misses secrets in messages and nested errors.
 */
export function hideSecrets(line: string): string {
  if (!suspicion.test(line) && !hasLiveSecret(line)) return line;
  try {
    return `${JSON.stringify(JSON.parse(line, hideValue))}\n`;
  } catch {
    return hideSecretsInText(line);
  }
}

function hideValue(key: string, value: unknown): unknown {
  const isHarmless = value === null || typeof value === 'boolean';
  if (secretKey.test(key) && !isHarmless) return hidden;
  return typeof value === 'string' ? hideSecretsInText(value) : value;
}
