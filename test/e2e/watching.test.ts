import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../services/describeWith.ts';
import { submitStageForm } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

describeWith('chromium', 'watching operations and logs on the web page', (browser) => {
  const web = useWebPage(browser);

  async function stageByApi(source: string, username: string): Promise<void> {
    const answer = await fetch(
      new URL(`/stage_data?method=local_copy&username=${username}`, web.service.url),
      {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ local_path_on_storage: source, relative_path: source }),
      },
    );
    await answer.body?.cancel();
  }

  const rows = () => web.page.locator('tbody tr');

  async function onlyRow(text: string): Promise<void> {
    await rows().filter({ hasNotText: text }).first().waitFor({ state: 'detached' });
    await rows().filter({ hasText: text }).waitFor();
    expect(await rows().count()).toBe(1);
  }

  beforeAll(async () => {
    await writeFile(join(web.service.sourceStorage, 'bella.fits'), 'data');
    for (let count = 1; count <= 30; count += 1) await stageByApi(`missing-${count}.fits`, 'anna');
    await stageByApi('bella.fits', 'bella');
  });

  test('the newest 25 operations are shown, and older ones on further pages', async () => {
    const { page } = web;
    await rows().filter({ hasText: 'bella.fits' }).waitFor();
    expect(await rows().count()).toBe(25);
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByRole('link', { name: 'missing-1.fits', exact: true }).waitFor();
    expect(await rows().count()).toBe(6);
    await page.getByRole('button', { name: 'Newer' }).click();
    await rows().filter({ hasText: 'bella.fits' }).waitFor();
  });

  test('operations are found by phase and by user', async () => {
    const { page } = web;
    await rows().filter({ hasText: 'missing-30.fits' }).waitFor();
    await page.getByLabel('Phase').selectOption('COMPLETED');
    await onlyRow('bella.fits');
    await page.getByLabel('Phase').selectOption('');
    await rows().filter({ hasText: 'missing-30.fits' }).waitFor();
    await page.getByLabel('User', { exact: true }).fill('bella');
    await onlyRow('bella.fits');
    await page.getByLabel('User', { exact: true }).fill('nobody');
    await page.getByText('No operation fits these filters.').waitFor();
  });

  test('what others stage appears by itself', async () => {
    await rows().first().waitFor();
    await stageByApi('from-elsewhere.fits', 'carla');
    await rows().filter({ hasText: 'from-elsewhere.fits' }).waitFor();
  });

  test('a row leads to all that is known of its operation, and that to its log lines', async () => {
    const { page } = web;
    await rows().filter({ hasText: 'missing-30.fits' }).click();
    const detail = page.getByRole('region', { name: 'Operation', exact: true });
    await detail.getByText('Source path does not exist: missing-30.fits').waitFor();
    await detail.getByText('Check the path').waitFor();
    const id = new URL(page.url()).hash.split('/').at(-1) ?? '';
    await detail.getByText(id).waitFor();
    await detail.getByRole('link', { name: 'Show its log lines' }).click();
    const log = page.getByRole('region', { name: 'Lines of the log' });
    await log.getByText('missing-30.fits').first().waitFor();
    const lines = await log.locator('pre > *').allTextContents();
    expect(lines.filter((line) => !line.includes(`[operation ${id}]`))).toEqual([]);
  });

  test('the address of an operation can be opened anew', async () => {
    const { page } = web;
    await rows().filter({ hasText: 'bella.fits' }).click();
    await page
      .getByRole('region', { name: 'Operation', exact: true })
      .getByText('bella', { exact: true })
      .waitFor();
    await page.reload();
    await page
      .getByRole('region', { name: 'Operation', exact: true })
      .getByText('bella', { exact: true })
      .waitFor();
  });

  test('an operation that does not exist is said not to', async () => {
    const { page } = web;
    web.allowFailedRequests(/status of 404/);
    await page.goto('/#/operations/nothing');
    await page.getByText('There is no operation nothing.').waitFor();
  });

  test('the log shows what was staged, and its levels can be chosen', async () => {
    const { page } = web;
    await submitStageForm(page, { source: 'bella.fits', username: 'dora' });
    await page.getByText('Data staged for user dora').waitFor();
    await page.getByRole('link', { name: 'Logs' }).click();
    const log = page.getByRole('region', { name: 'Lines of the log' });
    await log.getByText('username=dora').first().waitFor();
    await page.getByLabel('Level').selectOption('ERROR');
    await page.getByText('The log has no such lines.').waitFor();
  });

  test('nothing is cut off on a screen 375 pixels wide', async () => {
    const { page } = web;
    await page.setViewportSize({ width: 375, height: 700 });
    for (const path of ['/#/', '/#/create-file', '/#/logs']) {
      await page.goto(path);
      await page.getByRole('heading', { level: 2 }).first().waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
    }
  });
});
