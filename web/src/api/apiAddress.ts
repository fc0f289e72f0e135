import { type PageConfig, parsePageConfig } from './pageConfig.ts';

const retryMs = 2000;
const timeoutMs = 20_000;

// Without credentials that the address bar may hold, with which no address can be fetched.
const pageUrl = location.origin + location.pathname;

/** Where this page is told where the API is. */
export const configUrl = new URL('config.json', pageUrl).href;

/** Set once, before the page is drawn. */
let address = '';

/** Learns where the API is, however often that must be tried; tells after each attempt in vain what is wrong. */
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

/** The URL of a path of the API; of '' it is where the API is. */
export function apiUrl(path: string): string {
  return address + path;
}

/** Whether the API is at another origin than this page, so that it must let this page in (CORS). */
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
