import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { requestFor, submitButton, submitStageForm } from './stageForm.ts';
import { describeWithNginx, hostedOn } from './staticHost.ts';
import { useWebPage } from './webPage.ts';

describeWithNginx('the web page for a service of another origin', (browser, nginx) => {
  const web = useWebPage(browser, hostedOn(nginx, '/staging/', { CORS_ORIGINS: nginx.origin }));

  test('a file is found, staged, and followed to its end', async () => {
    const { page, service } = web;
    await mkdir(join(service.sourceStorage, 'notes'));
    await writeFile(join(service.sourceStorage, 'notes/hello.txt'), 'Hello, sky\n');
    await page.getByRole('button', { name: 'notes/' }).click();
    await page.getByLabel('Choose hello.txt').check();
    await page.getByLabel('Username').fill('anna');
    await submitButton(page).click();
    await requestFor(page, 'hello.txt').getByText('The data is in place').waitFor();
    expect(await readFile(join(service.userAreas, 'anna/hello.txt'), 'utf8')).toBe('Hello, sky\n');
  });

  test('the address of an operation can be reopened, without rewrite rules of the host', async () => {
    const { page, service } = web;
    await writeFile(join(service.sourceStorage, 'deep.fits'), 'data');
    await submitStageForm(page, { source: 'deep.fits', username: 'bella' });
    await requestFor(page, 'deep.fits').getByRole('link', { name: 'deep.fits' }).click();
    await page.getByRole('heading', { name: 'Operations', level: 1 }).waitFor();
    const address = page.url();
    expect(address).toMatch(`${nginx.origin}/staging/#/operations/`);
    for (const url of [address, address.replace('/#/', '/index.html#/')]) {
      await page.goto('about:blank');
      await page.goto(url);
      await page.getByRole('heading', { name: 'Operations', level: 1 }).waitFor();
    }
  });

  test('a file is downloaded, byte for byte and under its name', async () => {
    const { page, service } = web;
    const content = randomBytes(3_000_000);
    const source = 'deep field ü.fits';
    await writeFile(join(service.sourceStorage, source), content);
    const begun = page.waitForEvent('download');
    await submitStageForm(page, { source, username: 'anna', method: 'direct_download' });
    const download = await begun;
    expect(download.suggestedFilename()).toBe(source);
    expect(content.equals(await readFile(await download.path()))).toBe(true);
    await requestFor(page, source).getByText('Download complete.').waitFor();
  });

  test("errors of requests and downloads are shown in the service's words", async () => {
    const { page } = web;
    web.allowFailedRequests(/status of 400/);
    for (const method of ['local_copy', 'direct_download']) {
      await submitStageForm(page, { source: `none-${method}.fits`, username: 'anna', method });
      const request = requestFor(page, `none-${method}.fits`);
      await request.getByText(`Source path does not exist: none-${method}.fits`).waitFor();
      await request.getByText('Check the spelling').waitFor();
    }
  });

  test("every view is rendered under the host's Content-Security-Policy, which forbids inline styles", async () => {
    const { page, service } = web;
    await writeFile(join(service.sourceStorage, 'read.txt'), 'sky');
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('heading', { name: 'Health' }).waitFor();
    await page.getByRole('link', { name: 'Logs' }).click();
    await page.getByText('service started').waitFor();
    await page.getByRole('link', { name: 'Files' }).click();
    await page.getByRole('button', { name: 'read.txt' }).click();
    await page.getByRole('region', { name: 'Content of the file' }).getByText('sky').waitFor();
    await page.getByLabel('File name').fill('written.txt');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('written.txt was created.').waitFor();
  });

  test('the description of the API is that of the service', async () => {
    const { page, service } = web;
    await page.getByRole('link', { name: 'API' }).click();
    await page.getByRole('heading', { name: /SKA Staging Service/ }).waitFor();
    expect(page.url()).toBe(`${service.url}/docs`);
  });

  test('a service that stops and restarts is reported as down, and then used again', async () => {
    const { page, service } = web;
    web.allowFailedRequests(/net::ERR_/);
    await page.getByRole('radio', { name: 'local_copy' }).waitFor();
    await service.kill();
    await page.getByText('The shown data may be out of date. This page keeps retrying.').waitFor();
    await service.start();
    await page.getByText('This page keeps retrying').waitFor({ state: 'detached' });
  });
});
