import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { batchPageSchema } from '../../shared/http/contract/answers/batches.ts';
import { waitFor } from '../contracts/waitFor.ts';
import { describeWith } from '../services/describeWith.ts';
import { makeSlowFile, slowCopies, untilAborted } from '../services/staging/slowCopies.ts';
import { faultsOf } from './axe.ts';
import { pastePaths, requestFor, submitStageForm } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

describeWith('chromium', 'batches on the web page', (browser) => {
  const web = useWebPage(browser, { environment: slowCopies });
  const source = (name: string) => join(web.service.sourceStorage, name);
  const staged = (path: string) => join(web.service.userAreas, path);
  const filesOf = async (username: string) => {
    const entries = await readdir(staged(username), { recursive: true, withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  };
  const batchesOf = async (username: string) => {
    const answer = await fetch(new URL(`/batches?username=${username}`, web.service.url));
    return batchPageSchema.parse(await answer.json()).batches;
  };

  beforeAll(async () => {
    for (const name of ['a.fits', 'b.fits']) await writeFile(source(name), name);
    for (const name of ['large-1.fits', 'large-2.fits']) {
      await makeSlowFile(source(name), untilAborted);
    }
  });

  test('failed items of a batch are shown with their reason, found among the operations, and retried', async () => {
    const { page } = web;
    const names = ['a.fits', 'b.fits', 'late.fits'];
    await submitStageForm(page, { source: names, username: 'anna', target: 'project' });
    const request = requestFor(page, '3 items to project');
    await request.getByText('2 staged, 1 failed').waitFor();
    await request.getByText('Check the spelling').waitFor();
    await request.getByText('2 items are in place, complete and read-only.').waitFor();
    expect(await readFile(staged('anna/project/b.fits'), 'utf8')).toBe('b.fits');
    const [batch] = await batchesOf('anna');

    await request.getByRole('link', { name: 'late.fits' }).click();
    const drawer = page.getByRole('dialog', { name: 'Operation' });
    await drawer.getByText('Source path does not exist: late.fits', { exact: true }).waitFor();
    await drawer.getByRole('link', { name: batch?.id ?? '' }).click();
    await drawer.waitFor({ state: 'detached' });
    const rows = page.getByRole('table', { name: 'Operations' }).getByRole('row');
    await rows.filter({ hasText: 'b.fits' }).waitFor();
    await page.getByRole('link', { name: 'Show the failed item' }).click();
    await rows.filter({ hasText: 'b.fits' }).waitFor({ state: 'detached' });
    expect(await rows.count()).toBe(2);

    await writeFile(source('late.fits'), 'late.fits');
    await page.getByRole('button', { name: 'Retry failed' }).click();
    await page.getByText('All 3 items are in place').waitFor();
    await page.getByRole('link', { name: 'Stage', exact: true }).click();
    await request.getByText('All 3 items are in place, complete and read-only.').waitFor();
    await request.getByText(staged('anna/project'), { exact: true }).waitFor();
    await request.getByText(`${web.service.url}/batches?method=local_copy&username=anna`).waitFor();
    expect((await filesOf('anna')).sort()).toEqual(names);
  });

  test('a batch continues when the page is reloaded, and can be aborted from there', async () => {
    const { page } = web;
    const names = ['large-1.fits', 'large-2.fits'];
    await submitStageForm(page, { source: names, username: 'bella', target: 'big' });
    const request = requestFor(page, '2 items to big');
    await request.getByText(/of 7\.5 GB/).waitFor();
    await page.reload();
    await request.getByRole('progressbar', { name: 'Progress of 2 items to big' }).waitFor();
    await request.getByText(/^0 of 2 done · .* of 7\.5 GB/).waitFor();
    await request.getByRole('button', { name: 'Abort' }).click();
    await request.getByText('Aborted. No partial data was left behind.').waitFor();
    expect(await filesOf('bella')).toEqual([]);
  });

  test('a batch survives a killed service, and is shown again in its current state', async () => {
    const { page, service } = web;
    web.allowFailedRequests(/net::ERR_/);
    const names = ['large-1.fits', 'large-2.fits'];
    await submitStageForm(page, { source: names, username: 'carla', target: 'big' });
    const request = requestFor(page, '2 items to big');
    await request.getByText(/of 7\.5 GB/).waitFor();
    await service.kill();
    await page.getByText('The shown data may be out of date. This page keeps retrying.').waitFor();
    await request.getByText(/of 7\.5 GB/).waitFor();
    await service.start();
    await page.getByText('This page keeps retrying').waitFor({ state: 'detached' });
    await request.getByText('All 2 items failed.').waitFor();
    await request.getByText('INTERRUPTED').first().waitFor();
    await request.getByRole('button', { name: 'Retry' }).click();
    await request.getByText(/of 7\.5 GB/).waitFor();
    await request.getByRole('button', { name: 'Abort' }).click();
    await request.getByText('Aborted. No partial data was left behind.').waitFor();
  });

  test('all or nothing: while one item fails, nothing is published', async () => {
    const { page } = web;
    await page.getByRole('tab', { name: 'Paste paths' }).click();
    await page.getByLabel('Paths, one per line').fill('a.fits\nmissing.fits');
    await page.getByLabel('All or nothing').check({ force: true });
    const form = { source: ['a.fits', 'missing.fits'], username: 'dora' };
    await submitStageForm(page, form);
    await page.getByText('Enter a new folder name').waitFor();
    await submitStageForm(page, { ...form, target: 'set' });
    const request = requestFor(page, '2 items to set');
    await request.getByText('Nothing was published, because not every item could be staged.').waitFor();
    await request.getByText('Source path does not exist: missing.fits').first().waitFor();
    expect(await filesOf('dora')).toEqual([]);
    await writeFile(source('missing.fits'), 'found');
    await request.getByRole('button', { name: 'Retry' }).click();
    await request.getByText('All 2 items are in place, complete and read-only.').waitFor();
    expect((await filesOf('dora')).sort()).toEqual(['a.fits', 'missing.fits']);
  });

  test('items with the same name keep their folders if selected', async () => {
    const { page } = web;
    for (const night of ['night-1', 'night-2']) {
      await mkdir(source(night), { recursive: true });
      await writeFile(source(`${night}/cal.fits`), night);
    }
    const form = { source: ['night-1/cal.fits', 'night-2/cal.fits'], username: 'emma', target: 'all' };
    await submitStageForm(page, form);
    await page.getByText('Two of the items would have the same path, all/cal.fits.').waitFor();
    await page.getByLabel('Keep their folders').check({ force: true });
    await submitStageForm(page, form);
    await requestFor(page, '2 items to all').getByText('All 2 items are in place').waitFor();
    expect(await readFile(staged('emma/all/night-2/cal.fits'), 'utf8')).toBe('night-2');
  });

  test('a list that the service refuses is reported at the wrong item', async () => {
    const { page } = web;
    web.allowFailedRequests(/status of 422/);
    await page.route('**/batches?*', (route) => {
      const postData = route.request().postData()?.replace('"b.fits"', '"../b.fits"');
      return route.continue({ postData: postData ?? '' });
    });
    await submitStageForm(page, { source: ['a.fits', 'b.fits'], username: 'fay', target: 'two' });
    const request = requestFor(page, '2 items to two');
    const item = request.getByRole('listitem').filter({ hasText: 'leads outside the source storage' });
    expect(await item.locator('code').textContent()).toBe('b.fits');
    await request.getByText('BODY_INVALID').waitFor();
    await page.unroute('**/batches?*');
    await request.getByRole('button', { name: 'Retry' }).click();
    await request.getByText('All 2 items are in place').waitFor();
  });

  test('of thousands of pasted paths few are rendered, and all are sent as one batch', async () => {
    const { page } = web;
    // A page that cannot keep up with the events of thousands is disconnected, and reconnects.
    web.allowFailedRequests(/net::ERR_(?:INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET)/);
    const names = Array.from({ length: 5000 }, (_, index) => `many/${index}.fits`);
    await submitStageForm(page, { source: names, username: 'gina', target: 'many' });
    await page.getByText('5,000 items chosen').waitFor();
    await requestFor(page, '5,000 items to many')
      .getByText(/ of 5,000/)
      .first()
      .waitFor();
    expect(await page.evaluate('document.querySelectorAll("*").length')).toBeLessThan(800);
    const [batch] = await batchesOf('gina');
    expect(batch?.operations_total).toBe(5000);
    await page.getByRole('link', { name: /^Show all [\d,]+ failed items$/ }).click();
    const rows = page.getByRole('table', { name: 'Operations' }).getByRole('row');
    await rows.filter({ hasText: 'many/' }).first().waitFor();
    expect(await rows.count()).toBeLessThan(60);
    await fetch(new URL(`/batches/${batch?.id}`, web.service.url), { method: 'DELETE' });
  });

  test('batches are listed with their results, and one is staged again from there', async () => {
    const { page } = web;
    await submitStageForm(page, {
      source: ['a.fits', 'b.fits', 'none.fits'],
      username: 'lena',
      target: 'mixed',
    });
    await requestFor(page, '3 items to mixed').getByText('2 staged, 1 failed').waitFor();
    await page.getByRole('link', { name: 'Operations', exact: true }).click();
    await page.getByText('Batches', { exact: true }).click();
    // The list of operations has a field of this name, too.
    await page.getByRole('list', { name: 'Batches' }).waitFor();
    await page.getByLabel('User').fill('lena');
    const batch = page.getByRole('article', { name: '3 items to mixed' });
    await batch.getByText('Partly staged').waitFor();
    await batch.getByText('2 staged, 1 failed').waitFor();
    await waitFor(async () => (await page.getByRole('article').count()) === 1);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const width of [1280, 375]) {
        await page.setViewportSize({ width, height: 700 });
        expect({ width, colorScheme, faults: await faultsOf(page) }).toEqual({
          width,
          colorScheme,
          faults: [],
        });
      }
    }
    await batch.getByRole('link', { name: 'Stage again' }).click();
    await page.getByText('3 items chosen').waitFor();
    expect(await page.getByLabel('Folder in your user area').inputValue()).toBe('mixed');
  });

  test('a selection is downloaded by a script, which keeps its folders and can be run again', async () => {
    const { page } = web;
    await mkdir(source("survey/it's/deep"), { recursive: true });
    await writeFile(source("survey/it's/deep/x.fits"), 'x');
    await writeFile(source('survey/y.fits'), 'y');
    await pastePaths(page, ["survey/it's", 'survey/y.fits', '[ab].fits']);
    await page.getByRole('radio', { name: 'direct_download' }).check({ force: true });
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as a script instead' }).click();
    const script = await (await download).path();
    const folder = await mkdtemp(join(tmpdir(), 'selection-'));
    for (const _time of ['first', 'again']) await promisify(execFile)('bash', [script], { cwd: folder });
    const names = await readdir(folder, { recursive: true });
    expect(names.toSorted()).toEqual(
      [
        'a.fits',
        'b.fits',
        'survey',
        "survey/it's",
        "survey/it's/deep",
        "survey/it's/deep/x.fits",
        'survey/y.fits',
      ].toSorted(),
    );
    expect(await readFile(join(folder, "survey/it's/deep/x.fits"), 'utf8')).toBe('x');
    expect(await readFile(join(folder, 'survey/y.fits'), 'utf8')).toBe('y');
    await rm(folder, { recursive: true });
  });
});
