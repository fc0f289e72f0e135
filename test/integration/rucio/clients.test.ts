import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { describeWith } from '../../services/describeWith.ts';
import { deterministicPath } from '../../services/rucio/rucioCatalogue.ts';
import { downloadByRucio } from '../../services/rucio/rucioClients.ts';
import {
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { makeRucioSite, type RucioSite, sourceOf } from './site.ts';

describeWith('rucio', "Rucio's own client", (rucio) => {
  let site: RucioSite;
  let service: StagingService;
  let home: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'staging-test-'));
    // The address of a file is its path on this machine, where Rucio's client finds it, too.
    site = await makeRucioSite(rucio, { hasRealPaths: true });
    service = await startStagingService(site.dataDirectory, site.settings);
  }, 60_000);

  afterAll(async () => {
    await service.stop();
    await removeDataDirectory(site.dataDirectory);
    // Its configuration has the password that the client logs in with.
    await rm(home, { recursive: true });
  });

  const filesIn = async (folder: string) => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const contents = files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1'));
    return (await Promise.all(contents)).sort();
  };

  test('downloads the same bytes as are staged, for a file and for a container', async () => {
    // Without slashes: Rucio's client creates no folders for names when it copies from a mounted storage.
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    const file = await site.addFile('client.fits', bytes);
    const other = await site.addFile('client-two.fits', 'two');
    const dataset = { scope: site.scope, name: 'client.set' };
    const container = { scope: site.scope, name: 'client.all' };
    await site.catalogue.addCollection('DATASET', dataset, [file, other]);
    await site.catalogue.addCollection('CONTAINER', container, [dataset]);
    for (const { scope, name } of [file, container]) {
      const folder = join(home, name);
      await downloadByRucio(rucio, { did: `${scope}:${name}`, rse: site.rse, folder, home });
      const staged = await clientOf(service.url).stage(
        'local_copy',
        sourceOf({ scope, name }),
        `by-us/${name}/it`,
      );
      expect(staged.status).toBe(200);
      const ours = await filesIn(join(service.userAreas, 'alice', 'by-us', name));
      expect(ours).toEqual(await filesIn(folder));
      expect(ours).toContain(bytes.toString('latin1'));
    }
    expect(await readFile(join(site.folder, deterministicPath(file)))).toEqual(bytes);
  }, 300_000);
});
