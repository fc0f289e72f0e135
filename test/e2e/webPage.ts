import { afterAll, afterEach, beforeAll, beforeEach, expect, jest } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Chromium } from '../services/chromium.ts';
import { type StagingService, startStagingService } from './stagingService.ts';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The fixtures of one suite: a service for all tests, and for each test a page in a fresh browser context. */
export interface WebPage {
  readonly service: StagingService;
  /** Its base URL is the page's own address. */
  readonly page: Page;
  /**
   * Accepts reports of such failed requests by the browser. Every other error or warning in its console fails the test.
   */
  allowFailedRequests(kind: RegExp): void;
}

/** The options of a page and its service. */
export interface Hosting {
  /** Settings of the service, or a function that creates them before it starts. */
  readonly environment: NodeJS.ProcessEnv | (() => Promise<NodeJS.ProcessEnv>);
  /**
   * Hosts the page, for a service at this address; resolves to the page's own address. Without it the service serves
   * the page itself.
   */
  publish?(serviceUrl: string): Promise<string>;
}

/** Sets up the tests of a suite; to be called in its `describe`. Its result may be used in tests and hooks. */
export function useWebPage({ executablePath }: Chromium, hosting?: Hosting): WebPage {
  // Conditions have a timeout of 30 seconds, and a test waits for several.
  jest.setTimeout(120_000);
  let browser: Browser | undefined;
  let service: StagingService | undefined;
  let pageUrl: string | undefined;
  let page: Page | undefined;
  let complaints: string[] = [];
  let allowed: RegExp[] = [];

  beforeAll(async () => {
    const { environment } = hosting ?? {};
    service = await startStagingService(
      typeof environment === 'function' ? await environment() : environment,
    );
    pageUrl = (await hosting?.publish?.(service.url)) ?? service.url;
    browser = await chromium.launch({ executablePath, args: flags });
  });
  beforeEach(async () => {
    complaints = [];
    allowed = [];
    page = await present(browser).newPage({ baseURL: present(pageUrl), locale: 'en-GB' });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    await page.goto('.');
  });
  afterEach(async () => {
    await page?.close();
    const isAllowed = (text: string) =>
      /^(Failed to load resource: |Access to fetch at )/.test(text) &&
      allowed.some((kind) => kind.test(text));
    expect(complaints.filter((text) => !isAllowed(text))).toEqual([]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), service?.remove()]);
  });

  return {
    get service() {
      return present(service);
    },
    get page() {
      return present(page);
    },
    allowFailedRequests: (kind) => allowed.push(kind),
  };
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('This is there only while tests run.');
  return value;
}
