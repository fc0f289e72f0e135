import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../services/describeWith.ts';
import { openRucioCatalogue, writeReplica } from '../services/rucio/rucioCatalogue.ts';
import { faultsOf } from './axe.ts';
import { requestFor, submitButton } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

describeWith('rucio', 'data identifiers on the page', (rucio) => {
  describeWith('chromium', 'in a browser', (browser) => {
    const id = randomBytes(4).toString('hex');
    const [rse, scope] = [`PAGE_${id}`.toUpperCase(), `page.${id}`];
    const web = useWebPage(browser, {
      environment: {
        RUCIO_URL: rucio.url,
        RUCIO_ACCOUNT: rucio.account,
        RUCIO_USERNAME: rucio.username,
        RUCIO_PASSWORD: rucio.password,
        RUCIO_RSE: rse,
        RUCIO_PFN_MAP: `{"file://localhost/${rse}": "rse"}`,
      },
    });

    beforeAll(async () => {
      const catalogue = await openRucioCatalogue(rucio);
      await catalogue.addRse(rse, { prefix: `/${rse}` });
      await catalogue.addScope(scope);
      const folder = join(web.service.sourceStorage, 'rse');
      const dids = ['night-1/cube.fits', 'night-2/cube.fits'].map((name) => ({ scope, name }));
      for (const did of dids) {
        await catalogue.addReplicas(rse, [await writeReplica(folder, did, Buffer.from(did.name))]);
      }
      await catalogue.addCollection('DATASET', { scope, name: 'survey' }, dids);
    });

    test.each(['light', 'dark'] as const)('are searched for, opened and staged, %s', async (colorScheme) => {
      const { page, service } = web;
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.getByRole('tab', { name: 'Data identifiers' }).click();
      await page.getByLabel('Scope').fill(scope);
      await page.getByLabel('Name (* matches any text)').fill('survey');
      await page.getByRole('button', { name: 'Search', exact: true }).click();
      await page.getByRole('button', { name: `${scope}:survey` }).click();
      await page.getByText(`${scope}:survey: 2 files`).waitFor();
      await page.getByRole('checkbox', { name: `Choose ${scope}:night-1/cube.fits` }).check();
      expect(await faultsOf(page)).toEqual([]);
      await page.getByRole('button', { name: 'Back' }).click();
      await page.getByRole('checkbox', { name: `Choose ${scope}:survey` }).check();
      await page.getByRole('button', { name: `Remove rucio://${scope}:night-1/cube.fits` }).click();
      await page.getByLabel('Username').fill(`rosa-${colorScheme}`);
      await submitButton(page).click();
      await requestFor(page, 'survey').getByText('in place').waitFor();
      expect(await faultsOf(page)).toEqual([]);
      expect(await readdir(join(service.userAreas, `rosa-${colorScheme}`, 'survey'))).toEqual([
        'night-1',
        'night-2',
      ]);
    });
  });
});
