import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../services/describeWith.ts';
import { notebookDirectory } from '../services/jupyterhub/jupyterhub.ts';
import { addUser } from '../services/jupyterhub/jupyterhubUsers.ts';
import { createBucket, createS3Client, s3Environment } from '../services/s3/s3Client.ts';
import { requestFor, submitButton, submitStageForm } from './stageForm.ts';
import { useWebPage } from './webPage.ts';

const asItIs = async (serviceUrl: string) => serviceUrl;

describeWith('chromium', 'the web page with a JupyterHub', (browser) => {
  describeWith('jupyterhub-debian', 'of Debian', (hub) => {
    const username = 'paige';
    const environment = { JUPYTERHUB_URL: hub.url, JUPYTERHUB_API_TOKEN: hub.apiToken };
    const web = useWebPage(browser, { environment, publish: asItIs });

    test('jupyter_copy brings a file into the notebook server, which is started for that', async () => {
      const { page, service } = web;
      await addUser(hub, username);
      await writeFile(join(service.sourceStorage, 'for notebooks.fits'), 'data');
      await submitStageForm(page, {
        source: 'for notebooks.fits',
        username,
        method: 'jupyter_copy',
        target: 'project/mine.fits',
      });
      const request = requestFor(page, 'for notebooks.fits');
      await request.getByText('The data is in place').waitFor({ timeout: 60_000 });
      await request.getByText(`/user/${username}/lab/tree/project/mine.fits`).waitFor();
      expect(await readFile(join(notebookDirectory(hub, username), 'project/mine.fits'), 'utf8')).toBe(
        'data',
      );
    });
  });
});

describeWith('chromium', 'the web page with an object store', (browser) => {
  describeWith('localstack', 'that speaks S3', (localstack) => {
    let bucket = '';
    beforeAll(async () => {
      bucket = await createBucket(localstack);
      const s3 = createS3Client(localstack);
      for (const Key of ['survey/deep.fits', 'survey/wide.fits']) {
        await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key }));
      }
      s3.destroy();
    });
    const web = useWebPage(browser, {
      get environment() {
        return s3Environment(localstack, bucket);
      },
      publish: asItIs,
    });

    test('objects are found by their prefixes and staged, by all methods except links', async () => {
      const { page, service } = web;
      await page.getByText('Object store', { exact: true }).click();
      await page.getByRole('button', { name: `${bucket}/` }).click();
      await page.getByLabel('Choose survey').check();
      await page.getByText('only mounted data can be linked').waitFor();
      await page.getByLabel('Username').fill('anna');
      await submitButton(page).click();
      await requestFor(page, 'survey').getByText('The data is in place').waitFor();
      expect(await readFile(join(service.userAreas, 'anna/survey/deep.fits'), 'utf8')).toBe(
        'survey/deep.fits',
      );
    });
  });
});
