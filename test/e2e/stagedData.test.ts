import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import * as z from 'zod';
import { describeWith } from '../services/describeWith.ts';
import { faultsOf } from './axe.ts';
import { requestFor, submitStageForm } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

const stagedSchema = z.object({ operation: z.object({ id: z.string() }) });

describeWith('chromium', 'staged data on the web page', (browser) => {
  const web = useWebPage(browser, {
    environment: { USER_AREA_URL: 'https://hub.example.org/user/{username}/lab/tree/areas' },
  });

  beforeAll(async () => {
    await writeSource('survey/field.ms/table.dat', 'table');
    await writeSource('survey/field.ms/ANTENNA/table.dat', 'antennas');
    await writeSource('survey/deep.fits', 'deep');
  });

  async function writeSource(path: string, content: string): Promise<void> {
    const file = join(web.service.sourceStorage, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  const staged = (path: string) => join(web.service.userAreas, path);

  async function stage(username: string, source: string, target: string, others = {}): Promise<string> {
    const query = new URLSearchParams({ method: 'local_copy', username });
    const answer = await fetch(new URL(`/stage_data?${query}`, web.service.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ local_path_on_storage: source, relative_path: target, ...others }),
    });
    return stagedSchema.parse(await answer.json()).operation.id;
  }

  /** What a user has staged, as the page lists it. */
  async function openData(page: Page, username: string): Promise<void> {
    await page.goto(`/#/data?username=${username}`);
    await page.getByRole('heading', { level: 1, name: 'My data' }).waitFor();
  }
  const item = (page: Page, path: string): Locator => page.getByRole('article', { name: path, exact: true });

  test('a staged tree is listed, found unchanged, and removed after a confirmation that names it', async () => {
    const { page } = web;
    await stage('anna', 'survey/field.ms', 'project/field.ms');
    await stage('anna', 'survey/deep.fits', 'project/deep.fits');
    await stage('boris', 'survey/deep.fits', 'deep.fits');
    await openData(page, 'anna');
    const tree = item(page, 'project/field.ms');
    await tree.getByText('2 files').waitFor();
    await tree.getByText('13 bytes').waitFor();
    await tree.getByText(/^staged .* ago$/).waitFor();
    expect(await page.getByRole('article').count()).toBe(2);

    await tree.getByRole('button', { name: 'Check that it is unchanged' }).click();
    await tree.getByText('It is present and unchanged.').waitFor();
    await tree.getByText('The source has not changed either.').waitFor();
    await tree.getByRole('button', { name: 'Remove project/field.ms' }).click();
    await tree.getByText('Remove project/field.ms from the user area of anna? 2 files, 13 bytes.').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await tree.getByRole('button', { name: 'Remove it', exact: true }).waitFor({ state: 'detached' });
    expect(await readFile(staged('anna/project/field.ms/table.dat'), 'utf8')).toBe('table');

    await tree.getByRole('button', { name: 'Remove project/field.ms' }).click();
    await tree.getByRole('button', { name: 'Remove it', exact: true }).click();
    await tree.waitFor({ state: 'detached' });
    await expect(stat(staged('anna/project/field.ms'))).rejects.toThrow('ENOENT');
    expect(await readFile(staged('anna/project/deep.fits'), 'utf8')).toBe('deep');
    await page.getByText('Removed', { exact: true }).click();
    await item(page, 'project/field.ms')
      .getByText(/^Removed by anybody/)
      .waitFor();
  });

  test('changed data is not removed, and the refusal says so clearly', async () => {
    const { page } = web;
    web.allowFailedRequests(/status of 409/);
    await stage('clara', 'survey/field.ms', 'field.ms');
    const file = staged('clara/field.ms/ANTENNA/table.dat');
    await chmod(file, 0o600);
    await writeFile(file, 'Antennas');
    await openData(page, 'clara');
    const tree = item(page, 'field.ms');
    await tree.getByRole('button', { name: 'Check that it is unchanged' }).click();
    await tree.getByText('It has changed since it was staged.').waitFor();
    await tree.getByRole('button', { name: 'Remove field.ms' }).click();
    await tree.getByRole('button', { name: 'Remove it', exact: true }).click();
    await tree.getByText('It was not removed, because it has changed since it was staged.').waitFor();
    expect(await tree.getByText('DATA_CHANGED').count()).toBe(0);
    expect(await readFile(file, 'utf8')).toBe('Antennas');
    expect(await faultsOf(page)).toEqual([]);
  });

  test('a newer source is offered under a new name, and data that its user has moved is reported as gone', async () => {
    const { page } = web;
    await writeSource('survey/growing.fits', 'old');
    await stage('dora', 'survey/growing.fits', 'growing.fits');
    await stage('dora', 'survey/deep.fits', 'moved.fits');
    await writeSource('survey/growing.fits', 'newer');
    await rename(staged('dora/moved.fits'), staged('dora/elsewhere.fits'));
    await openData(page, 'dora');
    await item(page, 'growing.fits').getByRole('button', { name: 'Check' }).click();
    await item(page, 'growing.fits').getByText('The source has changed since it was staged.').waitFor();
    await item(page, 'moved.fits').getByRole('button', { name: 'Check' }).click();
    await item(page, 'moved.fits').getByText('It is missing').waitFor();
    await page.getByRole('link', { name: 'Stage the new version as growing_v2.fits' }).click();
    expect(await page.getByLabel('Path in your user area').inputValue()).toBe('growing_v2.fits');
  });

  test('data with a lifetime shows its expiry, and warns when that is soon', async () => {
    const { page } = web;
    await stage('emil', 'survey/deep.fits', 'short.fits', { lifetime: 7200 });
    await openData(page, 'emil');
    await item(page, 'short.fits')
      .getByText(/Will be removed in 1 h 59 min|Will be removed in 2 h/)
      .waitFor();
    await page.setViewportSize({ width: 375, height: 700 });
    await item(page, 'short.fits').getByRole('button', { name: 'Remove short.fits' }).click();
    await item(page, 'short.fits').getByRole('button', { name: 'Keep it' }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
    expect(await faultsOf(page)).toEqual([]);
  });

  test('the result and the drawer of an operation have the same next steps', async () => {
    const { page } = web;
    await submitStageForm(page, { source: 'survey/field.ms', username: 'frida' });
    const result = requestFor(page, 'field.ms').getByRole('region', { name: 'Next steps' });
    const stepsOf = (place: Locator) => place.locator('code').allTextContents();
    await result.getByText(staged('frida/field.ms'), { exact: true }).waitFor();
    const steps = await stepsOf(result);
    expect(steps).toContain(
      `from casacore.tables import table; ms = table("${staged('frida/field.ms')}", readonly=True)`,
    );
    await page.goto('/#/operations?username=frida');
    await page.getByRole('link', { name: 'survey/field.ms' }).click();
    const drawer = page.getByRole('dialog').getByRole('region', { name: 'Next steps' });
    await drawer.getByText(staged('frida/field.ms'), { exact: true }).waitFor();
    expect(await stepsOf(drawer)).toEqual(steps);
    expect(await drawer.getByRole('link', { name: 'Open in JupyterLab' }).getAttribute('href')).toBe(
      'https://hub.example.org/user/frida/lab/tree/areas/field.ms',
    );
    const download = page.waitForEvent('download');
    await drawer.getByRole('button', { name: 'SHA256SUMS' }).click();
    const saved = await readFile(await (await download).path(), 'utf8');
    expect(saved).toMatch(/^[0-9a-f]{64} {2}ANTENNA\/table\.dat\n[0-9a-f]{64} {2}table\.dat\n$/);

    await page.getByRole('dialog').getByRole('button', { name: 'Remove field.ms' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove it', exact: true }).click();
    await page
      .getByRole('dialog')
      .getByText(/^Removed by/)
      .waitFor();
    await drawer.waitFor({ state: 'detached' });
    await expect(stat(staged('frida/field.ms'))).rejects.toThrow('ENOENT');
  });
});
