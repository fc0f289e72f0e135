import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { withResolvers } from '../../shared/async/abortSignals.ts';
import { clientOf } from '../contracts/httpClient.ts';
import { waitFor } from '../contracts/waitFor.ts';
import { describeWith } from '../services/describeWith.ts';
import { useWebPage } from './webPage.ts';

describeWith('chromium', 'watching operations, logs and files on the web page', (browser) => {
  const web = useWebPage(browser);
  const stage = (source: string, username: string) =>
    clientOf(web.service.url).stage('local_copy', source, source, username);
  const rows = () => web.page.getByRole('table', { name: 'Operations' }).getByRole('row');
  const rowOf = (text: string) => rows().filter({ hasText: text });
  const drawer = () => web.page.getByRole('dialog', { name: 'Operation' });

  beforeAll(async () => {
    await writeFile(join(web.service.sourceStorage, 'bella.fits'), 'data');
    for (let count = 1; count <= 130; count += 1) await stage(`missing-${count}.fits`, 'anna');
    await stage('bella.fits', 'bella');
  });

  test('operations are listed to the first one, although only visible ones are rendered', async () => {
    const { page } = web;
    await page.goto('/#/operations');
    await rowOf('bella.fits').waitFor();
    expect(await rows().count()).toBeLessThan(60);
    const first = rowOf('missing-1.fits');
    await waitFor(async () => {
      await page.keyboard.press('End');
      return (await first.count()) > 0;
    });
  });

  test('operations are found by phase, user and text, and the back button undoes that', async () => {
    const { page } = web;
    await page.goto('/#/operations');
    await rowOf('missing-130.fits').waitFor();
    await page.getByLabel('Phase').selectOption('COMPLETED');
    await rowOf('missing-130.fits').waitFor({ state: 'detached' });
    await rowOf('bella.fits').waitFor();
    await page.goBack();
    await rowOf('missing-130.fits').waitFor();
    await page.getByLabel('User').pressSequentially('bella', { delay: 100 });
    await rowOf('missing-130.fits').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Clear' }).click();
    await rowOf('missing-130.fits').waitFor();
    await page.getByLabel('Search').fill('ing-77');
    await rowOf('missing-130.fits').waitFor({ state: 'detached' });
    await rowOf('missing-77.fits').waitFor();
    await page.getByLabel('Search').fill('nothing like it');
    await page.getByText('No operations match these filters.').waitFor();
    const exported = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByLabel('Phase').selectOption('COMPLETED');
    await rowOf('missing-130.fits').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Export CSV' }).click();
    const lines = (await readFile(await (await exported).path(), 'utf8')).trim().split(/\r?\n/);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('bella.fits');
  });

  test('a column sorts, by keyboard too, and new operations appear in their place', async () => {
    const { page, service } = web;
    const stageBytes = async (bytes: number) => {
      await writeFile(join(service.sourceStorage, `otto-${bytes}.fits`), Buffer.alloc(bytes));
      await stage(`otto-${bytes}.fits`, 'otto');
    };
    const links = () => rowOf('otto').getByRole('link').allTextContents();
    const size = page.getByRole('button', { name: 'Size' });
    const direction = (value: string) => page.locator(`th[data-column=size][aria-sort=${value}]`).waitFor();
    for (const bytes of [2000, 9000, 1000]) await stageBytes(bytes);
    await page.goto('/#/operations?username=otto');
    await rowOf('otto-1000.fits').waitFor();
    expect(await links()).toEqual(['otto-1000.fits', 'otto-9000.fits', 'otto-2000.fits']);
    await size.click();
    await direction('descending');
    await waitFor(async () => (await links())[0] === 'otto-9000.fits');
    expect(await links()).toEqual(['otto-9000.fits', 'otto-2000.fits', 'otto-1000.fits']);
    await page.keyboard.press('Enter');
    await direction('ascending');
    await waitFor(async () => (await links())[0] === 'otto-1000.fits');
    await page.getByText('Live', { exact: true }).waitFor();
    await stageBytes(5000);
    await rowOf('otto-5000.fits').waitFor();
    const smallestFirst = ['otto-1000.fits', 'otto-2000.fits', 'otto-5000.fits', 'otto-9000.fits'];
    expect(await links()).toEqual(smallestFirst);
    await page.reload();
    await rowOf('otto-5000.fits').waitFor();
    expect(await links()).toEqual(smallestFirst);
    await page.goBack();
    await direction('descending');
    await page.goBack();
    await page.locator('th[data-column=time][aria-sort=descending]').waitFor();
  });

  test('operations of others appear automatically, and their address shows all their properties', async () => {
    const { page } = web;
    await page.goto('/#/operations');
    await page.getByText('Live', { exact: true }).waitFor();
    await stage('from-elsewhere.fits', 'carla');
    await rowOf('from-elsewhere.fits').getByRole('link').click();
    await drawer().getByText('Source path does not exist: from-elsewhere.fits', { exact: true }).waitFor();
    await drawer().getByText('Check the spelling').waitFor();
    await drawer().getByText('staging started').waitFor();
    await page.reload();
    await drawer().getByText('SOURCE_NOT_FOUND').first().waitFor();
    await writeFile(join(web.service.sourceStorage, 'from-elsewhere.fits'), 'now');
    await drawer().getByRole('button', { name: 'Retry' }).click();
    await drawer().getByText('Available').waitFor();
    await drawer().getByRole('button', { name: 'Close' }).click();
    await rowOf('from-elsewhere.fits').getByText('Completed').waitFor();
  });

  test('a nonexistent operation is reported as such', async () => {
    const { page } = web;
    web.allowFailedRequests(/status of 404/);
    await page.goto('/#/operations/nothing');
    await drawer().getByText('There is no operation nothing.').waitFor();
  });

  test('the log is shown as it is written, can be searched, and does not move while it is paused', async () => {
    const { page } = web;
    await page.goto('/#/logs');
    const lines = page.getByRole('region', { name: 'Lines of the log' });
    await lines.getByText('source=bella.fits').waitFor();
    await stage('dora.fits', 'dora');
    await lines.getByText('Source path does not exist: dora.fits').waitFor();
    await page.getByLabel('Search').fill('username=dora');
    await lines.getByText('username=bella').waitFor({ state: 'detached' });
    expect(await lines.locator('mark').first().textContent()).toBe('username=dora');
    await lines.getByRole('link', { name: 'Show the operation' }).first().click();
    await drawer().getByRole('link', { name: 'Show them in the log' }).click();
    await page.getByText('Only lines of operation').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Follow' }).waitFor();
    await page.getByLabel('Level').selectOption('ERROR');
    await page.getByText('No matching log lines.').waitFor();
  });

  test('the live mark is not shown until the state is known, and a slow list has placeholders', async () => {
    const { page } = web;
    const held = withResolvers();
    for (const slow of ['**/operations?*', '**/operations/events*']) {
      await page.route(slow, async (route) => {
        await held.promise;
        await route.continue();
      });
    }
    await page.goto('/#/operations');
    const mark = page.getByRole('status').filter({ hasText: 'Connecting…' });
    await mark.waitFor();
    expect(await mark.getAttribute('data-state')).toBe('starting');
    await page.getByText('Loading…').waitFor();
    expect(await page.locator('main [aria-hidden=true]').filter({ visible: true }).count()).toBeGreaterThan(
      9,
    );
    expect(await page.getByText('Reconnecting…').count()).toBe(0);
    held.resolve();
    await page.getByText('Live', { exact: true }).waitFor();
    await rowOf('bella.fits').or(rows().nth(1)).first().waitFor();
    await page.getByText('Loading…').waitFor({ state: 'detached' });
  });

  test('the address of an operation shows it on the page, and the footer shows the version', async () => {
    const { page, service } = web;
    const { operation_id: id } = (await stage('by-address.fits', 'carla')).problem();
    await page.goto(`${service.url}/operations/${id}`);
    expect(new URL(page.url()).hash).toBe(`#/operations/${id}`);
    await drawer().getByText('Source path does not exist: by-address.fits', { exact: true }).waitFor();
    const { version, commit } = JSON.parse((await clientOf(service.url).get('/version')).text);
    expect(version).toBe(JSON.parse(await readFile('package.json', 'utf8')).version);
    const foot = page.getByRole('contentinfo', { includeHidden: true });
    expect(await foot.textContent()).toBe(`Version ${version}${commit === null ? '' : ` · ${commit}`}`);
  });

  test('an interrupted log stream is reported, and continues automatically', async () => {
    const { page, service } = web;
    web.allowFailedRequests(/net::ERR_/);
    await page.goto('/#/logs');
    await page.getByText('Live', { exact: true }).waitFor();
    await service.kill();
    await page.getByText('Reconnecting…').waitFor();
    await service.start();
    await page.getByText('Live', { exact: true }).waitFor();
    await stage('emil.fits', 'emil');
    await page.getByText('Source path does not exist: emil.fits').waitFor();
  });

  test('a file is created, read and staged from there', async () => {
    const { page, service } = web;
    await mkdir(join(service.sourceStorage, 'notes'));
    await page.goto('/#/files');
    await page.getByRole('button', { name: 'notes/' }).click();
    await page.getByLabel('File name').fill('hello.txt');
    await page.getByLabel('Content', { exact: true }).fill('Hello, Ünïverse!\n');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('notes/hello.txt was created.').waitFor();
    expect(await readFile(join(service.sourceStorage, 'notes/hello.txt'), 'utf8')).toBe('Hello, Ünïverse!\n');
    await page.getByRole('button', { name: 'hello.txt' }).click();
    await page.getByRole('region', { name: 'Content of the file' }).getByText('Hello, Ünïverse!').waitFor();
    web.allowFailedRequests(/status of 409/);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('exists already').waitFor();
    await page.getByRole('link', { name: 'Stage it' }).first().click();
    expect(await page.getByLabel('Path in your user area').inputValue()).toBe('hello.txt');
  });

  test('a file of any bytes is uploaded, and the headers of FITS are a table', async () => {
    const { page, service } = web;
    const header = [
      'SIMPLE  =                    T / it is FITS',
      "OBJECT  = 'M 31    '",
      'NAXIS   =                    0',
      'END',
    ];
    const bytes = Buffer.from(
      header
        .map((card) => card.padEnd(80))
        .join('')
        .padEnd(2880),
    );
    await page.goto('/#/files');
    await page.getByText('Upload', { exact: true }).click();
    await page.locator('input[type=file]').setInputFiles({ name: 'm31.fits', mimeType: '', buffer: bytes });
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('link', { name: 'Open it' }).click();
    const row = page
      .getByRole('table', { name: 'Primary header' })
      .getByRole('row')
      .filter({ hasText: 'OBJECT' });
    await row.getByText('M 31').waitFor();
    expect(bytes.equals(await readFile(join(service.sourceStorage, 'm31.fits')))).toBe(true);
  });
});
