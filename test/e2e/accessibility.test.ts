import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import * as z from 'zod';
import { batchPageSchema } from '../../shared/http/contract/answers/batches.ts';
import { waitFor } from '../contracts/waitFor.ts';
import { describeWith } from '../services/describeWith.ts';
import { makeSlowFile, slowCopies, untilAborted } from '../services/staging/slowCopies.ts';
import { faultsOf } from './axe.ts';
import { requestFor, submitStageForm } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

const views = ['Stage', 'My data', 'Operations', 'Logs', 'Files', 'Overview'];

describeWith('chromium', 'the accessibility of the web page', (browser) => {
  const web = useWebPage(browser, { environment: slowCopies });

  beforeAll(async () => {
    await mkdir(join(web.service.sourceStorage, 'survey'));
    await writeFile(join(web.service.sourceStorage, 'deep.fits'), 'data');
    for (const name of ['large-1.fits', 'large-2.fits']) {
      await makeSlowFile(join(web.service.sourceStorage, name), untilAborted);
    }
  });

  test.each(['light', 'dark'] as const)('axe finds no violations in any view, %s', async (colorScheme) => {
    const { page } = web;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await submitStageForm(page, { source: 'deep.fits', username: 'anna' });
    await requestFor(page, 'deep.fits')
      .getByText(/in place|already present/)
      .waitFor();
    await submitStageForm(page, { source: 'none.fits', username: 'anna' });
    await requestFor(page, 'none.fits').getByText('SOURCE_NOT_FOUND').waitFor();
    await page.getByRole('radio', { name: 'jupyter_copy' }).check({ force: true });
    for (const view of views) {
      await goTo(page, view);
      expect({ view, faults: await faultsOf(page) }).toEqual({ view, faults: [] });
    }
    await goTo(page, 'Operations');
    await page.getByRole('button', { name: 'Size' }).click();
    await page.locator('th[aria-sort=descending]').getByText('Size').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('link', { name: 'none.fits' }).first().click();
    await page.getByRole('dialog').getByText('staging started').waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  test.each(['light', 'dark'] as const)(
    'axe finds no violations in batches, toasts and notices, %s',
    async (colorScheme) => {
      const { page, service } = web;
      web.allowFailedRequests(/net::ERR_/);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const username = `bella-${colorScheme}`;
      await submitStageForm(page, { source: ['deep.fits', 'none.fits'], username, target: 'some' });
      await requestFor(page, '2 items to some').getByText('SOURCE_NOT_FOUND').waitFor();
      await submitStageForm(page, { source: ['deep.fits', 'survey'], username, target: 'all' });
      await requestFor(page, '2 items to all').getByText('All 2 items are in place').waitFor();
      const large = ['large-1.fits', 'large-2.fits'];
      await submitStageForm(page, { source: large, username, target: 'large' });
      await requestFor(page, '2 items to large')
        .getByText(/of 7\.5 GB/)
        .waitFor();
      expect(await faultsOf(page)).toEqual([]);

      await page.getByRole('link', { name: '2 items to large' }).click();
      await page.getByRole('heading', { name: 'Batch' }).waitFor();
      expect(await faultsOf(page)).toEqual([]);

      await goTo(page, 'Overview');
      const answer = await fetch(new URL(`/batches?username=${username}`, service.url));
      const [batch] = batchPageSchema.parse(await answer.json()).batches;
      await fetch(new URL(`/batches/${batch?.id}`, service.url), { method: 'DELETE' });
      await page.getByText(/^2 items to large: (Aborted|Completed)$/).waitFor();
      await page.getByRole('link', { name: 'Show the items' }).waitFor();
      expect(await faultsOf(page)).toEqual([]);

      await service.kill();
      await page.getByText('The service is not responding.').waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await service.start();
      await page.getByText('The service is not responding.').waitFor({ state: 'detached' });
    },
  );

  test('nothing is cut off or shifts on a screen 375 pixels wide, and each view has its title', async () => {
    const { page } = web;
    await page.setViewportSize({ width: 375, height: 700 });
    await page.addInitScript(noteShifts);
    await page.reload();
    for (const view of views) {
      await goTo(page, view);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
      expect(await page.title()).toBe(`${view} · SKA Staging Service`);
      expect(await page.evaluate('shifts')).toEqual([]);
    }
  });

  test.each(['light', 'dark'] as const)('on a phone axe finds no violations, %s', async (colorScheme) => {
    const { page } = web;
    await page.setViewportSize({ width: 375, height: 700 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await submitStageForm(page, { source: 'deep.fits', username: 'carlo' });
    await requestFor(page, 'deep.fits')
      .getByText(/in place|already present/)
      .waitFor();
    for (const view of views) {
      await goTo(page, view);
      expect({ view, faults: await faultsOf(page) }).toEqual({ view, faults: [] });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
    }
  });

  test('on a phone the button to stage is visible once something is selected, and log lines are wrapped', async () => {
    const { page } = web;
    await page.setViewportSize({ width: 375, height: 700 });
    const button = page.getByRole('button', { name: 'Stage', exact: true });
    const isInSight = async () => {
      const box = await button.boundingBox();
      return box !== null && box.y > 0 && box.y + box.height < 700;
    };
    await page.getByRole('button', { name: 'deep.fits' }).waitFor();
    expect(await isInSight()).toBe(false);
    await page.getByLabel('Choose deep.fits').check();
    await waitFor(isInSight);
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    await waitFor(isInSight);
    await goTo(page, 'Logs');
    const lines = page.getByRole('region', { name: 'Lines of the log' });
    await lines.getByText('service started').first().waitFor();
    const overflow = `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)`;
    const list = `document.querySelector('[aria-label="Lines of the log"]')`;
    expect(await page.evaluate(`${overflow}(${list})`)).toBe(0);
  });

  test('from any selection, the Tab key leads to the button in at most 8 steps', async () => {
    const { page } = web;
    for (const name of ['deep.fits', 'large-1.fits', 'large-2.fits']) {
      await page.getByRole('button', { name }).focus();
      await page.keyboard.press('Space');
    }
    await page.getByText('3 items chosen').waitFor();
    let steps = 0;
    for (; !(await focused(page)).startsWith('Stage'); steps += 1) await page.keyboard.press('Tab');
    expect(steps).toBeLessThanOrEqual(8);
  });

  test('the keyboard leads past the navigation, into a folder, and to the end of the form', async () => {
    const { page } = web;
    await page.getByRole('button', { name: 'survey/' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Browse');
    await tabTo(page, 'deep.fits');
    // A list is one stop of the Tab key, and the arrow keys move in it.
    await page.keyboard.press('End');
    expect(await focused(page)).toMatch(/^survey\//);
    await page.keyboard.press('Enter');
    await page.getByText('This folder is empty.').waitFor();
    await page.getByLabel('Filter this folder').focus();
    await tabTo(page, 'Copy to my user area (local_copy)');
    await tabTo(page, 'Stage');
    await page.keyboard.press('Enter');
    await page.getByText('Choose at least one file or folder').waitFor();
  });

  test("colours follow the system, or the user's choice, which is remembered", async () => {
    const { page } = web;
    const scheme = () => page.evaluate('document.documentElement.dataset.mantineColorScheme');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByRole('heading', { name: 'Stage data' }).waitFor();
    expect(await scheme()).toBe('dark');
    await page.getByRole('radio', { name: 'System' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await scheme()).toBe('light');
    await page.reload();
    await page.getByRole('heading', { name: 'Stage data' }).waitFor();
    expect(await scheme()).toBe('light');
  });
});

async function goTo(page: Page, view: string): Promise<void> {
  await page.getByRole('link', { name: view, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: view }).waitFor();
  await page.getByText('Loading…').first().waitFor({ state: 'detached' });
}

/** Makes the page record layout shifts (Layout Instability API). */
const noteShifts = `
  window.shifts = [];
  const note = (list) => shifts.push(...list.getEntries().filter((entry) => !entry.hadRecentInput));
  new PerformanceObserver(note).observe({ type: 'layout-shift', buffered: true });
`;

/** The name or text of the focused element. */
async function focused(page: Page): Promise<string> {
  const script = `(({ textContent, ariaLabel }) => ariaLabel ?? textContent)(document.activeElement)`;
  return z.string().parse(await page.evaluate(script));
}

async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if ((await focused(page)).startsWith(name)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The Tab key does not lead to "${name}", but to "${await focused(page)}"`);
}
