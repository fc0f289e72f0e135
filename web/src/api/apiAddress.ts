import { type PageConfig, parsePageConfig } from './site/pageConfig.ts';

const retryMs = 2000;
const timeoutMs = 20_000;

// Without credentials that the address bar may contain, because URLs with credentials cannot be fetched.
const pageUrl = location.origin + location.pathname;

/** Where this page finds the address of the API. */
export const configUrl = new URL('config.json', pageUrl).href;

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
    const response = await fetch(configUrl, { cache: 'no-cache', signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) return { problem: `Its host answers with HTTP status ${response.status}.` };
    return parsePageConfig(await response.text(), pageUrl);
  } catch {
    return { problem: 'It cannot be loaded: its host does not answer.' };
  }
}
