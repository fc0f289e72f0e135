import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { fitsHeader } from '../fixtures/fits/header.ts';
import { describeWith } from '../services/describeWith.ts';
import { faultsOf } from './axe.ts';
import { requestFor, submitButton } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

/** A cube whose planes are all zero except for one pixel in the bottom left corner, which has the plane's number. */
function cube(planes: number): Buffer {
  const [width, height] = [40, 30];
  const header = fitsHeader([
    ...['SIMPLE  = T', 'BITPIX  = 16', 'NAXIS   = 3'],
    ...[`NAXIS1  = ${width}`, `NAXIS2  = ${height}`, `NAXIS3  = ${planes}`],
    ...[
      "OBJECT  = 'NGC 253'",
      "TELESCOP= 'ASKAP'",
      "BUNIT   = 'Jy/beam'",
      'BMAJ    = 0.01',
      'BMIN    = 0.005',
    ],
    ...["CTYPE1  = 'RA---SIN'", 'CRVAL1  = 11.888', 'CRPIX1  = 20.5', 'CDELT1  = -0.001'],
    ...["CTYPE2  = 'DEC--SIN'", 'CRVAL2  = -25.288', 'CRPIX2  = 15.5', 'CDELT2  = 0.001'],
    ...["CTYPE3  = 'FREQ'", 'CRVAL3  = 1.42E9', 'CRPIX3  = 1', 'CDELT3  = 1E6', 'HISTORY made for a test'],
  ]);
  const pixels = Buffer.alloc(width * height * planes * 2);
  for (let plane = 0; plane < planes; plane += 1) pixels.writeInt16BE(plane + 1, plane * width * height * 2);
  return Buffer.concat([header, pixels, Buffer.alloc(2880 - (pixels.length % 2880))]);
}

/** The grey levels of the first column of the picture, from its top to its bottom. */
function firstColumn(page: Page, height: number): Promise<unknown> {
  return page.evaluate(`[...document.querySelector('canvas').getContext('2d')
    .getImageData(0, 0, 1, ${height}).data].filter((_, index) => index % 4 === 0)`);
}

describeWith('chromium', 'previews on the page', (browser) => {
  const web = useWebPage(browser);

  beforeAll(async () => {
    const survey = join(web.service.sourceStorage, 'survey');
    await mkdir(survey);
    await writeFile(join(survey, 'cube.fits'), cube(3));
    await writeFile(join(survey, 'wrong.fits'), fitsHeader(['SIMPLE  = T', 'BITPIX  = 7', 'NAXIS   = 2']));
    await copyFile(resolve('test/fixtures/fits/m31.fits'), join(survey, 'm31.fits'));
  });

  test('a FITS image is previewed on Stage, selected and staged', async () => {
    const { page, service } = web;
    await page.getByRole('button', { name: 'survey/' }).click();
    await page.getByRole('button', { name: 'cube.fits' }).click();
    const preview = page.getByRole('region', { name: 'Preview' });
    await preview.getByRole('img', { name: 'Picture of cube.fits' }).waitFor();
    for (const fact of [
      '40 × 30 × 3, int16, Jy/beam',
      '00h 47m 33.12s, −25° 17′ 16.8″ (ICRS)',
      '2.4′ × 1.8′',
      '36″ × 18″',
      '1.42 GHz to 1.422 GHz',
      'NGC 253',
      'ASKAP',
    ]) {
      await preview.locator('dd').getByText(fact, { exact: true }).waitFor();
    }
    await page.getByText('Nothing chosen yet').waitFor();
    await preview.getByRole('button', { name: 'Choose' }).click();
    await page.getByText('1 item chosen').waitFor();
    await page.getByLabel('Username').fill('anna');
    await submitButton(page).click();
    await requestFor(page, 'cube.fits').getByText('The data is in place').waitFor();
    expect(cube(3).equals(await readFile(join(service.userAreas, 'anna/cube.fits')))).toBe(true);
  });

  test('planes, stretches and ranges of a cube can be selected, and its first line is at the bottom', async () => {
    const { page } = web;
    await page.goto('/#/files?path=survey/cube.fits');
    await page.getByText('Plane 1 of 3 · Black 0, white 0 Jy/beam').waitFor();
    await page.getByLabel('Range').selectOption('All values');
    await page.getByText('Black 0, white 1 Jy/beam').waitFor();
    await page.getByRole('slider', { name: 'Plane' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.getByText('Plane 3 of 3 · Black 0, white 3 Jy/beam').waitFor();
    await page.getByRole('radiogroup', { name: 'Stretch' }).getByText('Log').click();
    await page.waitForFunction(`document.querySelector('canvas').width === 40`);
    expect(await firstColumn(page, 30)).toEqual([...Array(29).fill(0), 255]);
  });

  test('tables show their first rows, compressed images their properties, and headers collapse their history', async () => {
    const { page } = web;
    await page.goto('/#/files?path=survey/m31.fits');
    await page.getByRole('img', { name: 'Picture of m31.fits' }).waitFor();
    await page.getByLabel('Part of the file (HDU)').selectOption('2 ANTENNAS: table');
    await page.getByRole('cell', { name: 'ea02' }).waitFor();
    await page.getByText('The first 3 of 3 rows').waitFor();
    await page.getByLabel('Part of the file (HDU)').selectOption('3 PACKED: compressed image');
    await page.getByText('The image is compressed in the file').waitFor();
    await page.getByLabel('Part of the file (HDU)').selectOption('0: header only');
    const history = page.getByText('Made for a test');
    expect(await history.isVisible()).toBe(false);
    await page.getByText('History and comments').click();
    await history.waitFor();
  });

  test('a malformed file gets an error sentence', async () => {
    const { page } = web;
    await page.goto('/#/files?path=survey/wrong.fits');
    await page.getByText('Its header does not say what the data is: BITPIX is 7').waitFor();
  });

  test.each<['light' | 'dark', number]>([
    ['light', 1280],
    ['light', 375],
    ['dark', 1280],
    ['dark', 375],
  ])('axe finds no violations in previews, %s, on a screen %d pixels wide', async (colorScheme, width) => {
    const { page } = web;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 800 });
    for (const file of ['cube.fits', 'm31.fits', 'wrong.fits']) {
      await page.goto(`/#/files?path=survey/${file}`);
      await page.getByText('File size').waitFor();
      expect({ file, faults: await faultsOf(page) }).toEqual({ file, faults: [] });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
  });
});
