import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { describeWith } from '../services/describeWith.ts';
import { submitStageForm } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

const badRequest = /status of 400/;

describeWith('chromium', 'staging from the web page', (browser) => {
  const web = useWebPage(browser);

  async function writeSource(path: string, content: Buffer | string): Promise<void> {
    await mkdir(join(web.service.sourceStorage, path, '..'), { recursive: true });
    await writeFile(join(web.service.sourceStorage, path), content);
  }

  test('a file that was created there is staged, and lies read-only in the user area', async () => {
    const { page, service } = web;
    await page.getByRole('link', { name: 'Create a file' }).click();
    await page.getByLabel('File name').fill('notes/hello.txt');
    await page.getByLabel('Content').fill('Hello, Ünïverse!\n');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText("File 'notes/hello.txt' created successfully").waitFor();

    await page.getByRole('link', { name: 'Stage this file' }).click();
    expect(await page.getByLabel('Source path').inputValue()).toBe('notes/hello.txt');
    expect(await page.getByLabel('Destination').inputValue()).toBe('hello.txt');
    await page.getByLabel('Username').fill('anna');
    await page.getByRole('button', { name: 'Stage', exact: true }).click();
    await page.getByText('Data staged for user anna with method local_copy').waitFor();

    const staged = join(service.userAreas, 'anna', 'hello.txt');
    expect(await readFile(staged, 'utf8')).toBe('Hello, Ünïverse!\n');
    expect((await stat(staged)).mode & 0o222).toBe(0);
    await page.getByText(sha256(await readFile(staged))).waitFor();
  });

  test('a file that cannot be created says why', async () => {
    const { page } = web;
    await writeSource('taken.txt', 'mine');
    web.allowFailedRequests(/status of 409/);
    await page.getByRole('link', { name: 'Create a file' }).click();
    await page.getByLabel('File name').fill('taken.txt');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText("File 'taken.txt' exists already").waitFor();
    await page.getByText('Choose another name.').waitFor();
  });

  test('what is there already is said to be available', async () => {
    const { page } = web;
    await writeSource('again.fits', 'data');
    await submitStageForm(page, { source: 'again.fits', username: 'anna' });
    await page.getByText('Data staged for user anna').waitFor();
    await page.getByRole('button', { name: 'Stage', exact: true }).click();
    await page.getByText('Data already available at').waitFor();
  });

  test('a file is found in the folders of the storage', async () => {
    const { page } = web;
    await writeSource('survey/field 1/deep.fits', 'data');
    await page.getByRole('button', { name: 'Browse the storage' }).click();
    await page.getByRole('button', { name: 'survey/' }).click();
    await page.getByRole('button', { name: 'field 1/' }).click();
    await page.getByRole('button', { name: 'deep.fits' }).click();
    expect(await page.getByLabel('Source path').inputValue()).toBe('survey/field 1/deep.fits');
    expect(await page.getByLabel('Destination').inputValue()).toBe('deep.fits');
  });

  test('a folder is chosen and staged whole', async () => {
    const { page, service } = web;
    await writeSource('dataset/a.fits', 'a');
    await writeSource('dataset/b/c.fits', 'c');
    await page.getByRole('button', { name: 'Browse the storage' }).click();
    await page.getByRole('button', { name: 'dataset/' }).click();
    await page.getByRole('button', { name: 'Choose this folder' }).click();
    await page.getByLabel('Username').fill('anna');
    await page.getByRole('button', { name: 'Stage', exact: true }).click();
    await page.getByText('Data staged for user anna').waitFor();
    expect(await readFile(join(service.userAreas, 'anna/dataset/b/c.fits'), 'utf8')).toBe('c');
  });

  test('symlink_copy makes a link, and the page says of which kind', async () => {
    const { page, service } = web;
    await writeSource('linked.fits', 'data');
    await submitStageForm(page, {
      source: 'linked.fits',
      username: 'anna',
      method: 'symlink_copy',
      target: 'links/my.fits',
    });
    await page.getByText('Data staged for user anna with method symlink_copy').waitFor();
    await page.getByRole('status').getByText('hard', { exact: true }).waitFor();
    const [source, link] = await Promise.all([
      stat(join(service.sourceStorage, 'linked.fits')),
      stat(join(service.userAreas, 'anna/links/my.fits')),
    ]);
    expect(link.ino).toBe(source.ino);
  });

  test('a download gives the browser every byte, whatever the file is called', async () => {
    const { page } = web;
    const content = randomBytes(3_000_000);
    await writeSource('a folder/100 % #1 ünï?.fits', content);
    const download = page.waitForEvent('download');
    await submitStageForm(page, {
      source: 'a folder/100 % #1 ünï?.fits',
      username: 'anna',
      method: 'direct_download',
    });
    const saved = await (await download).path();
    expect(sha256(await readFile(saved))).toBe(sha256(content));
    await page.getByText('The download of 100 % #1 ünï?.fits has begun.').waitFor();
  });

  test('a download that cannot begin says why', async () => {
    const { page } = web;
    web.allowFailedRequests(badRequest);
    await submitStageForm(page, { source: 'none.fits', username: 'anna', method: 'direct_download' });
    await page.getByText('Source path does not exist: none.fits').waitFor();
  });

  test('a download outside the storage is refused by the service, not bent by the browser', async () => {
    const { page } = web;
    web.allowFailedRequests(/status of 403/);
    await submitStageForm(page, { source: '../healthz', username: 'anna', method: 'direct_download' });
    await page.getByText('leads outside the source storage').waitFor();
  });

  test('a request that fails shows what is wrong, what to do, and its operation', async () => {
    const { page } = web;
    web.allowFailedRequests(badRequest);
    await submitStageForm(page, { source: 'no/such.fits', username: 'anna' });
    const answer = page.getByRole('status').filter({ hasText: 'SOURCE_NOT_FOUND' });
    await answer.getByText('Source path does not exist: no/such.fits').waitFor();
    await answer.getByText('Check the path').waitFor();
    await answer.getByRole('link', { name: /^Operation / }).click();
    await page.getByRole('heading', { name: 'Operation', exact: true }).waitFor();
    await page.getByRole('definition').filter({ hasText: 'SOURCE_NOT_FOUND' }).waitFor();
  });

  test('a JupyterHub token goes with its request and is kept nowhere', async () => {
    const { page } = web;
    web.allowFailedRequests(/status of 502/);
    await writeSource('notebook.fits', 'data');
    await page.getByRole('radio', { name: 'jupyter_copy' }).check();
    await page.getByLabel('Your JupyterHub token').fill('my-own-token');
    const request = page.waitForRequest(/stage_data/);
    await submitStageForm(page, { source: 'notebook.fits', username: 'anna', method: 'jupyter_copy' });
    expect(new URL((await request).url()).searchParams.get('jupyter_token')).toBe('my-own-token');
    await page.getByText('JUPYTER_UNREACHABLE').first().waitFor();
    const kept = await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })');
    expect(kept).toBe('{"username":"anna"}');
    const log = await fetch(new URL('/logs', web.service.url));
    expect(await log.text()).not.toContain('my-own-token');
  });

  test('the username is remembered', async () => {
    const { page } = web;
    await page.getByLabel('Username').fill('anna');
    await page.reload();
    expect(await page.getByLabel('Username').inputValue()).toBe('anna');
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
