import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { describeWith } from '../../services/describeWith.ts';
import { notebookDirectory } from '../../services/jupyterhub/jupyterhub.ts';
import { addUser } from '../../services/jupyterhub/jupyterhubUsers.ts';
import { deterministicPath } from '../../services/rucio/rucioCatalogue.ts';
import {
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { makeRucioSite, type RucioSite, sourceOf } from './site.ts';

describeWith('jupyterhub-pypi', 'from Rucio to a notebook server', (hub) => {
  describeWith('rucio', 'by jupyter_copy', (rucio) => {
    const username = 'ruth';
    let site: RucioSite;
    let service: StagingService;

    beforeAll(async () => {
      site = await makeRucioSite(rucio);
      await addUser(hub, username);
      service = await startStagingService(site.dataDirectory, {
        ...site.settings,
        JUPYTERHUB_URL: hub.url,
        JUPYTERHUB_API_TOKEN: hub.apiToken,
      });
    }, 60_000);
    afterAll(async () => {
      await service.stop();
      await removeDataDirectory(site.dataDirectory);
    });

    const inServer = (...names: string[]) => join(notebookDirectory(hub, username), ...names);
    const stage = (source: string, target: string) =>
      clientOf(service.url).stage('jupyter_copy', source, target, username);

    test('a file and a dataset arrive complete and read-only; a damaged one does not', async () => {
      const content = Buffer.alloc(3_000_000, 'abc');
      const files = [
        await site.addFile('cube.fits', content),
        await site.addFile('set/deep/.zarray', 'hidden'),
        await site.addFile('set/empty', ''),
      ];
      const [cube] = files;
      if (!cube) throw new Error('There is a first file');
      const { operation } = (await stage(sourceOf(cube), 'rucio/cube.fits')).staged();
      expect(operation).toMatchObject({ outcome: 'staged', bytes_done: content.length });
      expect((await readFile(inServer('rucio', 'cube.fits'))).equals(content)).toBe(true);
      expect((await stat(inServer('rucio', 'cube.fits'))).mode & 0o777).toBe(0o400);
      const dataset = { scope: site.scope, name: 'to-notebooks' };
      await site.catalogue.addCollection('DATASET', dataset, files);
      expect((await stage(sourceOf(dataset), 'rucio/set')).status).toBe(200);
      const names = await readdir(inServer('rucio', 'set'), { recursive: true });
      expect(names.sort()).toEqual(['cube.fits', 'set', 'set/deep', 'set/deep/.zarray', 'set/empty']);

      const replica = await open(join(site.folder, deterministicPath(cube)), 'r+');
      await replica.write('X', 1_234_567);
      await replica.close();
      for (const did of [cube, dataset]) {
        const answer = await stage(sourceOf(did), `damaged/${did.name}`);
        expect(answer.problem().code).toBe('REPLICA_DIFFERS');
      }
      expect(await readdir(inServer('damaged'))).toEqual([]);
    }, 120_000);
  });
});
