import { z } from 'zod';
import { parseJson } from './parseJson.ts';

const retryMs = 2000;
const timeoutMs = 20_000;

/** The address of this page without credentials, because URLs with credentials cannot be fetched. */
const addressOfPage = () => location.origin + location.pathname;

/** Where this page finds the address of the API. */
export const configUrl = () => new URL('config.json', addressOfPage()).href;

/** Set once, before the page is rendered. */
let address = '';

/** Determines the address of the API, retrying until it succeeds; reports the reason after each failed attempt. */
export async function learnApiAddress(tellProblem: (problem: string) => void): Promise<void> {
  for (;;) {
    const config = await loadConfig();
    if ('api' in config) {
      address = config.api;
      return;
    }
    tellProblem(config.problem);
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

/** The URL of a path of the API; for '', the address of the API itself. */
export function apiUrl(path: string): string {
  return address + path;
}

/** Whether the API has another origin than this page, and must therefore allow it (CORS). */
export function isApiElsewhere(): boolean {
  return new URL(address).origin !== location.origin;
}

async function loadConfig(): Promise<PageConfig> {
  try {
    const response = await fetch(configUrl(), { cache: 'no-cache', signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) return { problem: `Its host answers with HTTP status ${response.status}.` };
    return parsePageConfig(await response.text(), addressOfPage());
  } catch {
    return { problem: 'It cannot be loaded: its host does not answer.' };
  }
}

/** The address of the API, without a trailing slash; or what is wrong with config.json, in a sentence. */
type PageConfig = { readonly api: string } | { readonly problem: string };

const mayHold =
  'an address such as "https://api.example.org", a path such as "/api", or "" for where this page is';

/** Reads `config.json`, which the host of the page provides. `pageUrl` is the address of the page itself. */
export function parsePageConfig(text: string, pageUrl: string): PageConfig {
  const value = parseJson(text);
  if (value === undefined) {
    return { problem: `It holds no JSON, but begins with ${JSON.stringify(text.trim().slice(0, 40))}.` };
  }
  const parsed = pageConfigSchema(pageUrl).safeParse(value);
  if (parsed.success) return parsed.data;
  return { problem: parsed.error.issues.map(({ message }) => message).join(' ') };
}

function pageConfigSchema(pageUrl: string) {
  const address = z
    .string(`"api" is missing or is no text; it must be ${mayHold}.`)
    .transform((given, context) => {
      const url = resolveAddress(given, pageUrl);
      if (!url) context.addIssue(`"api" is ${JSON.stringify(given)}, and must be ${mayHold}.`);
      else if (isMixedContent(url, pageUrl)) {
        context.addIssue(
          `"api" is ${JSON.stringify(given)}, and a page that came by https may only call https.`,
        );
      } else return url.href.replace(/\/+$/, '');
      return z.NEVER;
    });
  return z.object({ api: address }, `It must hold an object with "api", which is ${mayHold}.`);
}

/**
 * Undefined for a text that is an address only by accident: `api.example.org` is the name of a file beside the page.
 */
function resolveAddress(given: string, pageUrl: string): URL | undefined {
  if (!/^(https?:\/\/[^/\\?#@\s]+)?(\/[^?#\s]*)?$/i.test(given)) return undefined;
  try {
    return new URL(given || '.', pageUrl);
  } catch {
    return undefined;
  }
}

/** Browsers block these (Mixed Content §4): http from a page loaded by https, except on the reader's own machine. */
function isMixedContent(url: URL, pageUrl: string): boolean {
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return new URL(pageUrl).protocol === 'https:' && url.protocol === 'http:' && !isLoopback;
}
