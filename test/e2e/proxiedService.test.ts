import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { waitFor } from '../contracts/waitFor.ts';
import { requestFor, submitStageForm } from './stageForm.ts';
import { describeWithNginx } from './staticHost.ts';
import { useWebPage } from './webPage.ts';

describeWithNginx("the service's own page behind a proxy, beneath a path", (browser, nginx) => {
  const web = useWebPage(browser, {
    environment: { PUBLIC_URLS: nginx.origin },
    publish: async (serviceUrl) => `${nginx.origin}/proxied/${new URL(serviceUrl).port}/`,
  });

  test('stages and downloads without any setting except the address of the proxy', async () => {
    const { page, service } = web;
    await writeFile(join(service.sourceStorage, 'a.fits'), 'data');
    await submitStageForm(page, { source: 'a.fits', username: 'anna' });
    await requestFor(page, 'a.fits').getByText('The data is in place').waitFor();
    const download = page.waitForEvent('download');
    await submitStageForm(page, { source: 'a.fits', username: 'anna', method: 'direct_download' });
    expect((await download).suggestedFilename()).toBe('a.fits');
  });

  test('an EventSource gets changes of operations, and stops at the end', async () => {
    const { page, service } = web;
    await writeFile(join(service.sourceStorage, 'heard.fits'), 'data');
    await page.evaluate(`new Promise((resolve, reject) => {
      window.heard = [];
      const all = new EventSource('operations/events?username=bella');
      all.addEventListener('operation', ({ data }) => heard.push(JSON.parse(data)));
      all.onopen = resolve;
      all.onerror = reject;
    })`);
    await submitStageForm(page, { source: 'heard.fits', username: 'bella' });
    await waitFor(async () => (await page.evaluate(`heard.at(-1)?.phase`)) === 'COMPLETED');
    const states = await page.evaluate(`new Promise((resolve) => {
      const states = [];
      const one = new EventSource('operations/' + heard[0].id + '/events');
      one.addEventListener('operation', ({ data }) => states.push(JSON.parse(data).phase));
      one.onerror = () => one.readyState === EventSource.CLOSED && resolve(states);
    })`);
    expect(states).toEqual(['COMPLETED']);
  });

  test.each(['docs', 'docs/'])('%s describes the API and calls it', async (path) => {
    const { page } = web;
    // A link to one operation: a click on the list may be lost, as Swagger UI draws it several times.
    await page.goto(`${path}#/site/getHealth`);
    await page.getByRole('button', { name: 'Try it out', exact: true }).click();
    const [health] = await Promise.all([
      page.waitForRequest(/\/healthz$/),
      page.getByRole('button', { name: 'Execute' }).click(),
    ]);
    expect(health.url()).toMatch(/\/proxied\/\d+\/healthz$/);
  });
});

describeWithNginx('the web page where downloads are redirected to another origin', (browser, nginx) => {
  const web = useWebPage(browser, {
    environment: {},
    publish: async (serviceUrl) => `${nginx.origin}/redirecting/${new URL(serviceUrl).port}/`,
  });

  test('starts the download, although the page itself may not read from there', async () => {
    const { page, service } = web;
    // The service does not know this address of the page, and does not let it check paths.
    web.allowFailedRequests(/status of 403/);
    await writeFile(join(service.sourceStorage, 'far.fits'), 'data');
    const begun = page.waitForEvent('download');
    await submitStageForm(page, { source: 'far.fits', username: 'anna', method: 'direct_download' });
    const download = await begun;
    expect(new URL(download.url()).origin).toBe(service.url);
    expect([download.suggestedFilename(), await readFile(await download.path(), 'utf8')]).toEqual([
      'far.fits',
      'data',
    ]);
  });
});
