import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from '@jest/globals';
import { describeWith } from '../services/describeWith.ts';
import { submitStageForm } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

describeWith('chromium', 'the web page while the service is down', (browser) => {
  const web = useWebPage(browser);

  test('says so, keeps what it shows, and recovers by itself', async () => {
    const { page, service } = web;
    web.allowFailedRequests(/net::ERR_/);
    await writeFile(join(service.sourceStorage, 'a.fits'), 'data');
    await submitStageForm(page, { source: 'a.fits', username: 'anna' });
    await page.getByRole('link', { name: 'a.fits' }).waitFor();
    const notice = page.getByText('The service does not answer.').first();

    await service.kill();
    await notice.waitFor();
    await page.getByRole('link', { name: 'a.fits' }).waitFor();
    await page.getByRole('button', { name: 'Stage', exact: true }).click();
    await page.getByText('look at the recent operations before you try again').waitFor();

    await service.start();
    await page.getByText('this page keeps trying').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Stage', exact: true }).click();
    await page.getByText('Data already available at').waitFor();
    await page.getByRole('row').filter({ hasText: 'Already there' }).waitFor();
  });

  test('recovers where nothing could be loaded yet', async () => {
    const { page, service } = web;
    web.allowFailedRequests(/net::ERR_/);
    await page.getByRole('link', { name: 'Logs' }).waitFor();
    await service.kill();
    await page.getByRole('link', { name: 'Logs' }).click();
    await page.getByRole('region', { name: 'Logs' }).getByText('This page tries again by itself.').waitFor();
    await service.start();
    await page
      .getByRole('region', { name: 'Lines of the log' })
      .getByText('service started')
      .first()
      .waitFor();
  });

  test('recovers where the page itself was only half loaded', async () => {
    const { page } = web;
    web.allowFailedRequests(/net::ERR_/);
    await page.route('**/config.json', (route) => route.abort());
    await page.reload();
    await page.getByText('It cannot be loaded: its host does not answer.').waitFor();
    await page.unroute('**/config.json');
    await page.getByRole('heading', { name: 'Stage data' }).waitFor();
  });
});
