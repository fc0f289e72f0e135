import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { describeWith } from '../services/describeWith.ts';
import { requestFor, submitButton, submitStageForm } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

describeWith('chromium', 'staging from the web page', (browser) => {
  const web = useWebPage(browser);

  async function writeSource(path: string, content: Buffer | string): Promise<void> {
    await mkdir(join(web.service.sourceStorage, path, '..'), { recursive: true });
    await writeFile(join(web.service.sourceStorage, path), content);
  }
  const staged = (path: string) => join(web.service.userAreas, path);

  test('files are found in the folders, several are selected, and all are staged', async () => {
    const { page } = web;
    await writeSource('survey/field 1/deep.fits', 'deep');
    await writeSource('survey/field 1/wide.fits', 'wide');
    await writeSource('survey/field 1/notes.txt', 'notes');
    await page.getByRole('button', { name: 'survey/' }).click();
    await page.getByRole('button', { name: 'field 1/' }).click();
    await page.getByLabel('Filter this folder').fill('FITS');
    await page.getByRole('button', { name: 'notes.txt' }).waitFor({ state: 'detached' });
    await page.getByLabel('Choose all shown entries').check();
    await page.getByText('2 items chosen').waitFor();
    await page.getByLabel('Username').fill('anna');
    await page.getByLabel('Folder in your user area').fill('project');
    await page.getByText(`${web.service.userAreas}/anna/project/deep.fits`).waitFor();
    await submitButton(page).click();
    const request = requestFor(page, '2 items to project');
    await request.getByText('All 2 items are in place, complete and read-only.').waitFor();
    await request.getByText(staged('anna/project'), { exact: true }).waitFor();
    for (const name of ['deep', 'wide']) {
      expect(await readFile(staged(`anna/project/${name}.fits`), 'utf8')).toBe(name);
      expect((await stat(staged(`anna/project/${name}.fits`))).mode & 0o222).toBe(0);
    }
  });

  test('links lead back through the folders, and a folder is staged completely', async () => {
    const { page } = web;
    await writeSource('dataset/a.fits', 'a');
    await writeSource('dataset/b/c.fits', 'c');
    await page.getByRole('button', { name: 'dataset/' }).click();
    await page.getByRole('button', { name: 'b/' }).click();
    await page.getByRole('navigation', { name: 'Folder' }).getByRole('button', { name: 'Storage' }).click();
    await page.getByLabel('Choose dataset').check();
    expect(await page.getByLabel('Path in your user area').inputValue()).toBe('dataset');
    await page.getByLabel('Username').fill('anna');
    await submitButton(page).click();
    await requestFor(page, 'dataset').getByText('The data is in place').waitFor();
    expect(await readFile(staged('anna/dataset/b/c.fits'), 'utf8')).toBe('c');
  });

  test('the digests of staged data are shown, and scripts for the same request', async () => {
    const { page } = web;
    await writeSource("it's.fits", 'data');
    await submitStageForm(page, { source: "it's.fits", username: 'anna' });
    const request = requestFor(page, "it's.fits");
    await request.getByText(sha256(Buffer.from('data'))).waitFor();
    await request.getByText(`${web.service.url}/stage_data?method=local_copy&username=anna`).waitFor();
    await request.getByText(`"local_path_on_storage":"it'\\''s.fits"`).waitFor();
    await request.getByText('Python', { exact: true }).click();
    await request.getByText('answer = requests.post(').waitFor();
  });

  test('the path of staged data can be copied', async () => {
    const { page } = web;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await writeSource('copied.fits', 'data');
    await submitStageForm(page, { source: 'copied.fits', username: 'anna' });
    await requestFor(page, 'copied.fits').getByRole('button', { name: 'path of the data' }).click();
    await requestFor(page, 'copied.fits').getByText('Copied', { exact: true }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(staged('anna/copied.fits'));
    const place = `'${staged('anna/copied.fits')}'`;
    const removal = `find ${place} -type d -exec chmod u+w {} + && rm -rf ${place}`;
    await requestFor(page, 'copied.fits').getByText(removal, { exact: true }).waitFor();
  });

  test('present data is reported as available', async () => {
    const { page } = web;
    await writeSource('again.fits', 'data');
    await submitStageForm(page, { source: 'again.fits', username: 'anna' });
    await requestFor(page, 'again.fits').getByText('The data is in place').waitFor();
    await submitButton(page).click();
    await requestFor(page, 'again.fits').getByText('The data was already present').waitFor();
  });

  test('present data of an older source is reported, and a working new name is offered', async () => {
    const { page } = web;
    await writeSource('old.fits', 'old data');
    await submitStageForm(page, { source: 'old.fits', username: 'anna' });
    await requestFor(page, 'old.fits').getByText('The data is in place').waitFor();
    await writeSource('old.fits', 'new data');
    await submitButton(page).click();
    const request = requestFor(page, 'old.fits');
    await request.getByText('The existing data is not the current version of the source.').waitFor();
    await request.getByRole('link', { name: 'Stage it as old_v2.fits' }).click();
    await submitButton(page).click();
    await requestFor(page, 'old.fits').getByText('The data is in place').waitFor();
    expect(await readFile(staged('anna/old_v2.fits'), 'utf8')).toBe('new data');
    expect(await readFile(staged('anna/old.fits'), 'utf8')).toBe('old data');
    await page.goto('/#/operations?text=old.fits');
    await page.getByText('Other version present').waitFor();
  });

  test('symlink_copy makes a link, and the page shows its kind', async () => {
    const { page } = web;
    await writeSource('linked.fits', 'data');
    await submitStageForm(page, {
      source: 'linked.fits',
      username: 'anna',
      method: 'symlink_copy',
      target: 'links/my.fits',
    });
    await requestFor(page, 'linked.fits').getByText('hard', { exact: true }).waitFor();
    const [source, link] = await Promise.all([
      stat(join(web.service.sourceStorage, 'linked.fits')),
      stat(staged('anna/links/my.fits')),
    ]);
    expect(link.ino).toBe(source.ino);
  });

  test('a download delivers every byte to the browser, for any file name, and shows its digest', async () => {
    const { page } = web;
    const source = 'a folder/100 % #1 ünï?.fits';
    const content = randomBytes(3_000_000);
    await writeSource(source, content);
    const download = page.waitForEvent('download');
    await submitStageForm(page, { source, username: 'anna', method: 'direct_download' });
    const saved = await (await download).path();
    expect(sha256(await readFile(saved))).toBe(sha256(content));
    const request = requestFor(page, '100 % #1 ünï?.fits');
    await request.getByText('Download complete.').waitFor();
    await request.getByText(sha256(content)).waitFor();
  });

  test('a download that cannot start shows the reason', async () => {
    const { page } = web;
    web.allowFailedRequests(/status of 400/);
    await submitStageForm(page, { source: 'none.fits', username: 'anna', method: 'direct_download' });
    await requestFor(page, 'none.fits').getByText('Source path does not exist: none.fits').waitFor();
  });

  test('a failed request shows its error and remedy, and is retried', async () => {
    const { page } = web;
    await submitStageForm(page, { source: 'late/such.fits', username: 'anna' });
    const request = requestFor(page, 'such.fits');
    await request.getByText('Source path does not exist: late/such.fits').waitFor();
    await request.getByText('Check the spelling').waitFor();
    await request.getByText('SOURCE_NOT_FOUND').waitFor();
    await writeSource('late/such.fits', 'now');
    await request.getByRole('button', { name: 'Retry' }).click();
    await request.getByText('The data is in place').waitFor();
    expect(await readFile(staged('anna/such.fits'), 'utf8')).toBe('now');
  });

  test("invalid input is reported before it is sent, in the service's words", async () => {
    const { page } = web;
    const sent: string[] = [];
    // Pasted paths are looked up, which stages nothing.
    const isCheck = (url: string) => url.endsWith('/browse/check');
    page.on('request', (request) => {
      if (request.method() === 'POST' && !isCheck(request.url())) sent.push(request.url());
    });
    await submitButton(page).click();
    await page.getByText('Choose at least one file or folder').waitFor();
    await submitStageForm(page, { source: '../secret', username: '.anna', target: '../elsewhere' });
    await page.getByText('leads outside the source storage').first().waitFor();
    await page.getByText('may not begin with a dot or a dash').waitFor();
    await page.getByText('leads outside the user area').waitFor();
    expect(sent).toEqual([]);
  });

  test('an unavailable method says so, and the others can be selected by keyboard', async () => {
    const { page } = web;
    await page.getByRole('tab', { name: 'Paste paths' }).click();
    await page.getByLabel('Paths, one per line').fill('s3://bucket/key.fits');
    await page.getByText('only mounted data can be linked').waitFor();
    expect(await page.getByRole('radio', { name: 'symlink_copy' }).isDisabled()).toBe(true);
    await page.getByRole('radio', { name: 'local_copy' }).focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.getByRole('radio', { name: 'jupyter_copy' }).isChecked()).toBe(true);
  });

  test('a JupyterHub token is sent with its request and not stored', async () => {
    const { page } = web;
    await writeSource('notebook.fits', 'data');
    await page.getByRole('radio', { name: 'jupyter_copy' }).check({ force: true });
    await page.getByLabel('Your JupyterHub token').fill('my-own-token');
    const request = page.waitForRequest(/stage_data/);
    await submitStageForm(page, { source: 'notebook.fits', username: 'anna', method: 'jupyter_copy' });
    expect((await request).headers()['jupyter-token']).toBe('my-own-token');
    const abort = requestFor(page, 'notebook.fits').getByRole('button', { name: 'Abort' });
    await abort.waitFor();
    const kept = await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })');
    expect(kept).toContain('notebook.fits');
    expect(kept).not.toContain('my-own-token');
    const log = await fetch(new URL('/logs', web.service.url));
    expect(await log.text()).not.toContain('my-own-token');
    await abort.click();
    await requestFor(page, 'notebook.fits').getByText('Aborted. No partial data was left behind.').waitFor();
  });

  test('the username is remembered, and a link fills the form', async () => {
    const { page } = web;
    await page.getByLabel('Username').fill('anna');
    await page.goto('/#/?source=survey%2Fdeep.fits&method=symlink_copy&target=project%2Fmine.fits');
    await page.reload();
    expect(await page.getByLabel('Username').inputValue()).toBe('anna');
    expect(await page.getByLabel('Path in your user area').inputValue()).toBe('project/mine.fits');
    expect(await page.getByRole('radio', { name: 'symlink_copy' }).isChecked()).toBe(true);
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
