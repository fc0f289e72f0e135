import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { submitStageForm } from './stageForm.ts';
import { describeWithNginx, hostedOn } from './staticHost.ts';
import { useWebPage } from './webPage.ts';

describeWithNginx('the web page for a service of another origin', (browser, nginx) => {
  const web = useWebPage(browser, hostedOn(nginx, '/staging/', { CORS_ORIGINS: nginx.origin }));

  test('a file is created, staged, and found in the operations and in the log', async () => {
    const { page, service } = web;
    await page.getByRole('link', { name: 'Create a file' }).click();
    await page.getByLabel('File name').fill('notes/hello.txt');
    await page.getByLabel('Content').fill('Hello, sky\n');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('link', { name: 'Stage this file' }).click();
    await page.getByLabel('Username').fill('anna');
    await page.getByRole('button', { name: 'Stage', exact: true }).click();
    await page.getByText('Data staged for user anna with method local_copy').waitFor();
    expect(await readFile(join(service.userAreas, 'anna/hello.txt'), 'utf8')).toBe('Hello, sky\n');

    await page.getByRole('row').filter({ hasText: 'hello.txt' }).click();
    const operation = page.getByRole('region', { name: 'Operation', exact: true });
    await operation.getByText('anna', { exact: true }).waitFor();
    await operation.getByRole('link', { name: 'Show its log lines' }).click();
    const log = page.getByRole('region', { name: 'Lines of the log' });
    await log.getByText('username=anna').first().waitFor();
  });

  test('the address of an operation can be opened anew, without help of the host', async () => {
    const { page, service } = web;
    await writeFile(join(service.sourceStorage, 'deep.fits'), 'data');
    await submitStageForm(page, { source: 'deep.fits', username: 'bella' });
    await page.getByRole('link', { name: 'Show the operation' }).click();
    const operation = page.getByRole('region', { name: 'Operation', exact: true });
    await operation.getByText('bella', { exact: true }).waitFor();
    const address = page.url();
    expect(address).toMatch(`${nginx.origin}/staging/#/operations/`);
    for (const url of [address, address.replace('/#/', '/index.html#/')]) {
      await page.goto('about:blank');
      await page.goto(url);
      await operation.getByText('bella', { exact: true }).waitFor();
    }
  });

  test('the storage is browsed, and a file of it downloaded, byte for byte and under its name', async () => {
    const { page, service } = web;
    const content = randomBytes(3_000_000);
    await mkdir(join(service.sourceStorage, 'survey'));
    await writeFile(join(service.sourceStorage, 'survey/deep field ü.fits'), content);
    await page.getByRole('button', { name: 'Browse the storage' }).click();
    await page.getByRole('button', { name: 'survey/' }).click();
    await page.getByRole('button', { name: 'deep field ü.fits' }).click();
    await page.getByRole('radio', { name: 'direct_download' }).check();
    await page.getByLabel('Username').fill('anna');
    const begun = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download', exact: true }).click();
    const download = await begun;
    expect(download.suggestedFilename()).toBe('deep field ü.fits');
    expect(content.equals(await readFile(await download.path()))).toBe(true);
    await page.getByText('The download of deep field ü.fits has begun.').waitFor();
  });

  test('what is wrong with a request or a download is shown as the service says it', async () => {
    const { page } = web;
    web.allowFailedRequests(/status of 400/);
    for (const method of ['local_copy', 'direct_download']) {
      await submitStageForm(page, { source: `none-${method}.fits`, username: 'anna', method });
      const answer = page.getByRole('status').filter({ hasText: 'SOURCE_NOT_FOUND' });
      await answer.getByText(`Source path does not exist: none-${method}.fits`).waitFor();
      await answer.getByText('Check the path').waitFor();
    }
  });

  test('the description of the API is that of the service', async () => {
    const { page, service } = web;
    await page.getByRole('link', { name: 'API' }).click();
    await page.getByRole('heading', { name: /SKA Staging Service/ }).waitFor();
    expect(page.url()).toBe(`${service.url}/docs`);
  });

  test('a service that stops and comes back is said to be down, and then used again', async () => {
    const { page, service } = web;
    web.allowFailedRequests(/net::ERR_/);
    await page.getByRole('radio', { name: 'local_copy' }).waitFor();
    await service.kill();
    await page.getByText('What is shown may be out of date; this page keeps trying.').waitFor();
    await service.start();
    await page.getByText('this page keeps trying').waitFor({ state: 'detached' });
  });
});
