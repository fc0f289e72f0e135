import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../services/describeWith.ts';
import { faultsOf } from './axe.ts';
import { pastePaths, requestFor, submitButton } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

describeWith('chromium', 'finding data on the page', (browser) => {
  const web = useWebPage(browser);
  const beams = Array.from({ length: 47 }, (_, index) => `survey/SBID123/beam${10 + index}.fits`);

  beforeAll(async () => {
    const storage = web.service.sourceStorage;
    await mkdir(join(storage, 'survey/SBID123/deep'), { recursive: true });
    for (const path of beams) await writeFile(join(storage, path), path);
    await writeFile(join(storage, 'survey/SBID123/deep/notes.txt'), 'a longer text than those of the beams');
    await cp(resolve('test/fixtures/vla_3ant.ms'), join(storage, 'survey/vla.ms'), { recursive: true });
  });

  test('a MeasurementSet is one item: it is selected as one, previewed, and not entered', async () => {
    const { page, service } = web;
    await page.getByRole('button', { name: 'survey/' }).click();
    await page.getByRole('button', { name: 'vla.ms MeasurementSet' }).click();
    const preview = page.getByRole('region', { name: 'Preview' });
    await preview.getByText('MeasurementSet: one item, staged as a whole.').waitFor();
    await preview.getByText(/^\d+ files, [\d.]+ kB$/).waitFor();
    await preview.getByText(/ANTENNA, .*SPECTRAL_WINDOW/).waitFor();
    await page.getByRole('button', { name: 'SBID123/' }).waitFor();
    await page.getByLabel('Choose vla.ms').check();
    await page.getByText('1 item chosen').waitFor();
    await page.getByLabel('Username').fill('mia');
    await submitButton(page).click();
    await requestFor(page, 'vla.ms').getByText('The data is in place').waitFor();
    expect(await readdir(join(service.userAreas, 'mia/vla.ms'))).toContain('ANTENNA');
  });

  test('a name is found beneath a folder, and the folder is in the address, so that Back works', async () => {
    const { page } = web;
    await page.getByRole('button', { name: 'survey/' }).click();
    expect(new URL(page.url()).hash).toBe('#/?folder=survey');
    await page.getByRole('button', { name: 'Size of this folder' }).click();
    await page.getByText(/^\d+ files, \d+ kB$/).waitFor();
    await page.getByLabel('Filter this folder').fill('NOTES');
    await page.getByText('No match for “NOTES” in this folder.').waitFor();
    await page.getByRole('button', { name: 'Search subfolders' }).click();
    await page.getByText('1 found').waitFor();
    await page.getByRole('button', { name: 'SBID123/deep/notes.txt' }).click();
    await page.getByText('a longer text than those of the beams').waitFor();
    await page.getByLabel('Choose SBID123/deep/notes.txt').check();
    await page.getByText('survey/SBID123/deep/notes.txt', { exact: true }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: /^survey\// }).waitFor();
    await page.getByText('1 item chosen').waitFor();
    await page.getByRole('navigation', { name: 'Favourite and recent' }).getByText('survey').click();
    await page.getByRole('button', { name: /^SBID123\// }).waitFor();
  });

  test('entries are sorted, and favourites are remembered', async () => {
    const { page } = web;
    await page.goto('/#/files?folder=survey/SBID123/deep');
    await page.getByRole('button', { name: 'Add to favourites' }).click();
    await page.goto('/#/files?folder=survey/SBID123');
    await page.getByRole('button', { name: 'deep/' }).waitFor();
    const first = page.getByRole('list', { name: 'Entries of this folder' }).getByRole('button').first();
    expect(await first.textContent()).toMatch(/^beam10/);
    await page.getByLabel('Order').selectOption('Largest first');
    expect(await first.textContent()).toMatch(/^beam/);
    await page
      .getByRole('navigation', { name: 'Favourite and recent' })
      .getByText('survey/SBID123/deep')
      .click();
    await page.getByRole('button', { name: 'Remove from favourites' }).waitFor();
    await page.getByRole('button', { name: 'notes.txt' }).waitFor();
  });

  test('of fifty pasted paths three are wrong: they are corrected by three clicks, and all are staged', async () => {
    const { page, service } = web;
    const [a, b, c, ...others] = beams;
    const wrong = [a, b, c].map((path) => path?.replace('beam', 'beem') ?? '');
    await pastePaths(page, [...others.slice(0, 10), ...wrong, ...others.slice(10), 'survey/SBID123/deep']);
    await page.getByText('45 of 48 paths can be staged.').waitFor();
    await page.getByText(`Line 11: Source path does not exist: ${wrong[0]}`).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Use all 3 suggestions' }).click();
    await page.getByText('All 48 paths can be staged.').waitFor();
    await page.getByLabel('Username').fill('anna');
    await page.getByLabel('Folder in your user area').fill('mended');
    await submitButton(page).click();
    await requestFor(page, '48 items to mended').getByText('All 48 items are in place').waitFor();
    expect(await readdir(join(service.userAreas, 'anna/mended'))).toHaveLength(48);
  });

  test('what is said of a path moves nothing below it, which may be clicked just then', async () => {
    const { page } = web;
    await page.getByRole('tab', { name: 'Paste paths' }).click();
    const checked = page.getByRole('tabpanel').getByRole('status');
    const before = await checked.boundingBox();
    await pastePaths(page, [beams[0] ?? '']);
    await checked.getByText('The path can be staged.').waitFor();
    expect((await checked.boundingBox())?.height).toBe(before?.height);
  });

  test('a path outside the storage is shown with its line, and can be removed', async () => {
    const { page } = web;
    await pastePaths(page, [beams[0] ?? '', '/etc/passwd']);
    await page.getByText(/^Line 2: .*\/etc\/passwd/).waitFor();
    await page.getByLabel('Username').fill('anna');
    await submitButton(page).click();
    await page
      .getByRole('alert')
      .getByText(/^Line 2: /)
      .waitFor();
    await page.getByRole('button', { name: 'Leave out /etc/passwd' }).click();
    await page.getByText('The path can be staged.').waitFor();
  });

  test('by keyboard alone a file is found, previewed, selected and staged, with few steps to the button', async () => {
    const { page } = web;
    await page.goto('/#/?folder=survey/SBID123');
    await page.getByRole('button', { name: 'beam10.fits' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('beam1');
    await page.getByRole('button', { name: 'beam20.fits' }).waitFor({ state: 'detached' });
    const focused = () => page.evaluate('document.activeElement.textContent');
    while (!String(await focused()).startsWith('beam10')) await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toMatch(/^beam11/);
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Preview' }).getByText('survey/SBID123/beam11.fits').waitFor();
    await page.keyboard.press(' ');
    await page.getByText('1 item chosen').waitFor();
    await page.getByRole('button', { name: 'Close the preview' }).click();
    await page.getByRole('button', { name: 'beam11.fits', exact: false }).first().focus();
    let steps = 0;
    for (; (await focused()) !== 'Stage'; steps += 1) await page.keyboard.press('Tab');
    expect(steps).toBeLessThanOrEqual(8);
    await page.getByLabel('Username').fill('kim');
    await page.keyboard.press('ControlOrMeta+Enter');
    await requestFor(page, 'beam11.fits').getByText('The data is in place').waitFor();
  });

  test('a pattern becomes the paths that it matches', async () => {
    const { page } = web;
    await pastePaths(page, ['survey/SBID*/beam1*.fits']);
    await page.getByText('Line 1: survey/SBID*/beam1*.fits matches 10 paths.').waitFor();
    await page.getByRole('button', { name: 'Use these paths' }).click();
    await page.getByText('10 items chosen').waitFor();
  });

  test('after a batch only the failed items are corrected, and a batch is staged again', async () => {
    const { page } = web;
    const paths = [beams[0] ?? '', beams[1] ?? '', 'survey/SBID123/late.fits'];
    await pastePaths(page, paths);
    await page.getByText('2 of 3 paths can be staged.').waitFor();
    await page.getByLabel('Username').fill('lea');
    await page.getByLabel('Folder in your user area').fill('partly');
    await submitButton(page).click();
    const request = requestFor(page, '3 items to partly');
    await request.getByText('2 staged, 1 failed').waitFor();
    await request.getByRole('link', { name: 'Correct this one' }).click();
    await page.getByText('1 item chosen').waitFor();
    expect(await page.getByLabel('Paths, one per line').inputValue()).toBe(paths[2]);
    expect(await page.getByLabel('Path in your user area').inputValue()).toBe('partly/late.fits');
    await request.getByText('Counts and scripts').click();
    await request.getByRole('link', { name: 'Stage again' }).click();
    await page.getByText('3 items chosen').waitFor();
    expect(await page.getByLabel('Folder in your user area').inputValue()).toBe('partly');
  });
});
