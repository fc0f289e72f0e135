import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findChromium } from '../test/services/chromium.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startStagingService,
} from '../test/services/staging/stagingService.ts';
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
const service = await startStagingService(dataDirectory, {
  NOTEBOOK_PATH: '/home/{username}/staged',
  USER_AREA_URL: 'https://hub.example.org/user/{username}/lab/tree/staged',
});
const browser = await chromium.launch({
  executablePath: address.executablePath,
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  await mkdir(folder, { recursive: true });
  await takeGuidePictures();
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const screen of ['desktop', 'phone'] as const) await takePictures(colorScheme, screen);
  }
} finally {
  await browser.close();
  await service.stop();
  await removeDataDirectory(dataDirectory);
}

function openPage(options: BrowserContextOptions): Promise<Page> {
  return browser.newPage({ baseURL: service.url, reducedMotion: 'reduce', locale: 'en-GB', ...options });
}

/** The pictures of docs/user-guide.md: find, stage, use, write, remove. */
async function takeGuidePictures(): Promise<void> {
  const page = await openPage({ viewport: { width: 1000, height: 640 } });
  const take = async (step: string, top: number) => {
    await page.waitForLoadState('networkidle');
    await page.evaluate(`scrollTo(0, ${top})`);
    await page.screenshot({ path: join(folder, `guide-${step}.png`) });
  };
  await page.goto('/');
  await page.getByLabel('Username').fill('ana');
  await page.getByRole('button', { name: 'survey/' }).click();
  await page.getByRole('button', { name: 'deep-field/' }).click();
  await page.getByRole('button', { name: 'band-2.fits' }).click();
  await page.getByRole('img', { name: 'Picture of band-2.fits' }).waitFor();
  await take('find', 600);
  await page.getByLabel('Choose band-2.fits').check();
  await page.getByLabel('Path in your user area').fill('project/band-2.fits');
  await take('stage', 0);
  await page.getByRole('button', { name: 'Stage', exact: true }).click();
  await page.getByText('The data is in place').waitFor();
  await page.getByRole('region', { name: 'Next steps' }).scrollIntoViewIfNeeded();
  await page.getByText('The data is in place').scrollIntoViewIfNeeded();
  const result = await page.getByRole('article', { name: 'band-2.fits' }).boundingBox();
  await take('use', Math.max(0, (result?.y ?? 0) + Number(await page.evaluate('scrollY')) - 90));
  await page.getByLabel('Choose band-2.fits').uncheck();
  await page.getByRole('tab', { name: 'Paste paths' }).click();
  const paths = [
    'survey/deep-field/band-1.fits',
    'survey/deep-field/band-33.fits',
    'survey/deep-field/band-[456].fits',
  ];
  await page.getByLabel('Paths, one per line').fill(paths.join('\n'));
  await page.getByText('Line 2').waitFor();
  await take('many', 120);
  await page.goto('/#/data?username=ana');
  const item = page.getByRole('article', { name: 'project/band-2.fits' });
  await item.getByRole('button', { name: 'Check' }).click();
  await item.getByText('It is present and unchanged.').waitFor();
  await item.getByRole('button', { name: 'Remove' }).click();
  await take('remove', 0);
  await page.close();
}

async function takePictures(colorScheme: 'light' | 'dark', screen: keyof typeof screens): Promise<void> {
  const page = await openPage({ viewport: screens[screen], colorScheme });
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
