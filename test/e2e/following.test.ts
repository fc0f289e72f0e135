import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { operationPageSchema } from '../../shared/http/contract/answers/operations.ts';
import { waitFor } from '../contracts/waitFor.ts';
import { describeWith } from '../services/describeWith.ts';
import { makeSlowFile, slowCopies, untilAborted } from '../services/staging/slowCopies.ts';
import { requestFor, submitStageForm } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

describeWith('chromium', 'following an operation on the web page', (browser) => {
  const web = useWebPage(browser, { environment: slowCopies });
  const listing = (username: string) => readdir(join(web.service.userAreas, username)).catch(() => []);

  beforeAll(async () => {
    await makeSlowFile(join(web.service.sourceStorage, 'large.fits'), untilAborted);
    await writeFile(join(web.service.sourceStorage, 'small.fits'), 'small');
  });

  test('it continues when the page is reloaded, and can be aborted from there', async () => {
    const { page } = web;
    await submitStageForm(page, { source: 'large.fits', username: 'anna' });
    await requestFor(page, 'large.fits')
      .getByText(/of 3\.8 GB/)
      .waitFor();
    await page.reload();
    const request = requestFor(page, 'large.fits');
    await request.getByRole('progressbar', { name: 'Progress of large.fits' }).waitFor();
    await request.getByRole('button', { name: 'Abort' }).click();
    await request.getByText('Aborted. No partial data was left behind.').waitFor();
    expect(await listing('anna')).toEqual([]);
  });

  test('its end is shown on another view', async () => {
    const { page } = web;
    await submitStageForm(page, { source: 'large.fits', username: 'bella' });
    await requestFor(page, 'large.fits').getByRole('button', { name: 'Abort' }).waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    const { operations } = operationPageSchema.parse(
      await (await fetch(new URL('/operations?username=bella', web.service.url))).json(),
    );
    await fetch(new URL(`/operations/${operations[0]?.id}`, web.service.url), { method: 'DELETE' });
    await page.getByText('large.fits: Aborted').waitFor();
    await page.getByRole('link', { name: 'Stage', exact: true }).click();
    await requestFor(page, 'large.fits').getByText('Aborted. No partial data was left behind.').waitFor();
  });

  test('the browser notifies of its end on request, and is asked for permission only then', async () => {
    const { page } = web;
    await page.addInitScript(noteNotifications);
    await page.reload();
    await submitStageForm(page, { source: 'large.fits', username: 'doris' });
    const request = requestFor(page, 'large.fits');
    const notify = request.getByRole('button', { name: 'Notify me when it is done' });
    await notify.waitFor();
    expect(await page.evaluate('asked')).toBe(0);
    await notify.click();
    await request.getByText('Your browser blocks notifications from this page.').waitFor();
    expect(await page.evaluate('asked')).toBe(1);

    await page.evaluate(`permission = 'granted'`);
    await notify.click();
    await request.getByRole('button', { name: 'You will be notified when it is done' }).waitFor();
    expect(await page.evaluate('told')).toEqual([]);
    await request.getByRole('button', { name: 'Abort' }).click();
    await waitFor(async () => (await page.evaluate('told.length')) === 1);
    expect(await page.evaluate('told')).toEqual(['large.fits: Aborted']);
  });

  test('a killed service is reported as down, and the result of the operation is shown', async () => {
    const { page, service } = web;
    web.allowFailedRequests(/net::ERR_/);
    await submitStageForm(page, { source: 'large.fits', username: 'carla' });
    await requestFor(page, 'large.fits')
      .getByText(/of 3\.8 GB/)
      .waitFor();
    await service.kill();
    await page.getByText('The shown data may be out of date. This page keeps retrying.').waitFor();
    await requestFor(page, 'large.fits')
      .getByText(/of 3\.8 GB/)
      .waitFor();
    await service.start();
    await page.getByText('This page keeps retrying').waitFor({ state: 'detached' });
    await requestFor(page, 'large.fits').getByText('INTERRUPTED', { exact: true }).waitFor();
    await submitStageForm(page, { source: 'small.fits', username: 'carla' });
    await requestFor(page, 'small.fits').getByText('The data is in place').waitFor();
    expect(await listing('carla')).toEqual(['small.fits']);
  });
});

/** In place of the browser's own notifications, which nobody sees in a test. */
const noteNotifications = `
  window.asked = 0;
  window.told = [];
  window.permission = 'denied';
  window.Notification = class {
    static async requestPermission() {
      window.asked += 1;
      return window.permission;
    }
    constructor(title) {
      window.told.push(title);
    }
  };
`;
