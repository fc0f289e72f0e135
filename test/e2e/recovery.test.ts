import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from '@jest/globals';
import { describeWith } from '../services/describeWith.ts';
import { requestFor, submitButton, submitStageForm } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

describeWith('chromium', 'the web page while the service is down', (browser) => {
  const web = useWebPage(browser);

  test('reports that, keeps its content, and recovers automatically', async () => {
    const { page, service } = web;
    web.allowFailedRequests(/net::ERR_/);
    await writeFile(join(service.sourceStorage, 'a.fits'), 'data');
    await submitStageForm(page, { source: 'a.fits', username: 'anna' });
    await requestFor(page, 'a.fits').getByText('The data is in place').waitFor();

    await service.kill();
    await page.getByText('The service is not responding.').first().waitFor();
    await submitButton(page).click();
    await page.getByText('check the operations before you retry').waitFor();

    await service.start();
    await page.getByText('This page keeps retrying').waitFor({ state: 'detached' });
    await requestFor(page, 'a.fits').getByRole('button', { name: 'Retry' }).click();
    await requestFor(page, 'a.fits').getByText('The data was already present').waitFor();
  });

  test('recovers if nothing was loaded yet', async () => {
    const { page, service } = web;
    web.allowFailedRequests(/net::ERR_/);
    await page.route('**/browse*', (route) => route.abort());
    await page.reload();
    await page.getByText('This page retries automatically.').waitFor();
    await page.unroute('**/browse*');
    await writeFile(join(service.sourceStorage, 'b.fits'), 'data');
    await page.getByRole('button', { name: 'b.fits' }).waitFor();
  });

  test('recovers if a view was not loaded yet', async () => {
    const { page } = web;
    web.allowFailedRequests(/net::ERR_/);
    await page.route('**/OverviewView*', (route) => route.abort());
    await page.reload();
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('Loading…').waitFor();
    await page.unroute('**/OverviewView*');
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  });

  test('recovers if the page itself was only partly loaded', async () => {
    const { page } = web;
    web.allowFailedRequests(/net::ERR_/);
    await page.route('**/config.json', (route) => route.abort());
    await page.reload();
    await page.getByText('It cannot be loaded: its host does not answer.').waitFor();
    await page.unroute('**/config.json');
    await page.getByRole('heading', { name: 'Stage data' }).waitFor();
  });
});
