import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import type { Did } from '../../services/rucio/rucioCatalogue.ts';
import { makeLargeDataset } from '../../services/rucio/rucioLargeDataset.ts';
import {
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { inTheMaking } from '../../services/staging/workspaces.ts';
import { makeRucioSite, type RucioSite, sourceOf } from './site.ts';

const files = 100_000;

describeWith('rucio-large', `a dataset of ${files} files`, (rucio) => {
  let site: RucioSite;
  let service: StagingService;
  let dataset: Did;

  beforeAll(async () => {
    site = await makeRucioSite(rucio, { isDeterministic: false });
    service = await startStagingService(site.dataDirectory, site.settings);
    dataset = await makeLargeDataset(rucio, site, files);
  }, 300_000);

  afterAll(async () => {
    await service.stop();
    await removeDataDirectory(site.dataDirectory);
  }, 120_000);

  const peakMemoryKib = async () => {
    const status = await readFile(`/proc/${service.process.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]);
  };

  test('starts with its first files while the others are still being located, in little memory', async () => {
    const client = clientOf(service.url);
    const body = {
      local_path_on_storage: sourceOf(dataset),
      relative_path: 'big',
    };
    const accepted = await client.post('/stage/local?username=alice', body, { Prefer: 'respond-async' });
    const { id } = JSON.parse(accepted.text).operation;
    await waitFor(async () => (await client.operation(id)).files_done > 0, 120_000);
    expect(await client.operation(id)).toMatchObject({ files_total: files, phase: 'EXECUTING' });
    await waitFor(async () => (await client.operation(id)).files_done > 2000, 300_000);
    expect(await peakMemoryKib()).toBeLessThan(300 * 1024);
    // This is enough to show that it works; the rest takes Rucio's SQLite minutes.
    await fetch(`${service.url}/operations/${id}`, { method: 'DELETE' });
    await waitFor(async () => (await client.operation(id)).phase === 'ABORTED', 60_000);
    await waitFor(async () => (await inTheMaking(service.userAreas)).length === 0, 120_000);
    expect(await readdir(service.userAreas)).not.toContain('alice');
  }, 600_000);
});
