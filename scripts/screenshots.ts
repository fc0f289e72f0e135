import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from '../test/services/chromium.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startStagingService,
} from '../test/services/stagingService.ts';
import { makeSampleRecord, makeSampleSources } from './sampleData.ts';

// `npm run screenshots`: a picture of every view, light and dark, on a desktop and on a phone, in docs/screenshots.
const folder = 'docs/screenshots';
const views = {
  stage: '',
  data: 'data?username=alice',
  operations: 'operations',
  logs: 'logs',
  files: 'files?path=survey/deep-field/band-1.fits',
  overview: 'overview',
};
const screens = { desktop: { width: 1280, height: 860 }, phone: { width: 375, height: 812 } } as const;

const { address } = await findChromium();
const dataDirectory = await makeDataDirectory();
await makeSampleSources(join(dataDirectory, 'source_storage'));
await makeSampleRecord(dataDirectory);
const service = await startStagingService(dataDirectory);
const browser = await chromium.launch({
  executablePath: address.executablePath,
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  await mkdir(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const screen of ['desktop', 'phone'] as const) await takePictures(browser, colorScheme, screen);
  }
} finally {
  await browser.close();
  await service.stop();
  await removeDataDirectory(dataDirectory);
}

async function takePictures(
  openBrowser: Browser,
  colorScheme: 'light' | 'dark',
  screen: keyof typeof screens,
): Promise<void> {
  const page = await openBrowser.newPage({
    baseURL: service.url,
    viewport: screens[screen],
    colorScheme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
  });
  await page.goto('/');
  await stageSomething(page);
  for (const [view, path] of Object.entries(views)) {
    await page.goto(`/#/${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    await page.evaluate('scrollTo(0, 0)');
    await page.screenshot({ path: join(folder, `${view}-${colorScheme}-${screen}.png`) });
  }
  await page.close();
}

/** Brings the page into the state of a scientist in the middle of work. */
async function stageSomething(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'survey/' }).click();
  await page.getByLabel('Choose README.txt').check();
  await page.getByLabel('Username').fill('alice');
  await page.getByLabel('Path in your user area').fill('project/README.txt');
  await page.getByRole('button', { name: 'Stage', exact: true }).click();
  await page.getByText(/in place|already present/).waitFor();
  await page.getByLabel('Choose README.txt').uncheck();
  await page.getByLabel('Choose mosaic.fits').check();
}
