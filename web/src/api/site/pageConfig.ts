import { z } from 'zod';
import { parseJson } from '../parseJson.ts';

/** The address of the API, without a trailing slash; or what is wrong with config.json, in a sentence. */
export type PageConfig = { readonly api: string } | { readonly problem: string };

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
