import { readFile } from 'node:fs/promises';
import { clientOf } from '../test/contracts/httpClient.ts';
import { waitFor } from '../test/contracts/waitFor.ts';
import { makeRucioSite, sourceOf } from '../test/integration/rucio/site.ts';
import { makeLargeDataset } from '../test/services/rucioLargeDataset.ts';
import { startServices } from '../test/services/services.ts';
import { removeDataDirectory, startStagingService } from '../test/services/stagingService.ts';
import { peakMemory } from './measuring.ts';

// Stages a dataset of a real Rucio by its data identifier, and prints when the first file begins, how long all take, and
// the peak memory of the service. Rucio's server is on SQLite, and slower than that of a site.
const files = Number(process.env['FILES'] ?? 100_000);
const method = process.env['METHOD'] ?? 'local_copy';

const services = await startServices(['rucio-large']);
const rucio = services.report.addresses['rucio-large'];
if (!rucio) throw new Error(`There is no Rucio: ${services.report.reasons['rucio-large']}`);
const site = await makeRucioSite(rucio, { isDeterministic: false });
const service = await startStagingService(site.dataDirectory, site.settings);
try {
  const dataset = await makeLargeDataset(rucio, site, files);
  const client = clientOf(service.url);
  const before = await peakMemory(service);
  const begin = performance.now();
  const body = { local_path_on_storage: sourceOf(dataset), relative_path: 'big' };
  const path = `/stage_data?method=${method}&username=alice`;
  const { id } = JSON.parse((await client.post(path, body, { Prefer: 'respond-async' })).text).operation;
  await waitFor(async () => (await client.operation(id)).files_done > 0, 600_000);
  const first = (performance.now() - begin) / 1000;
  const atFirst = await peakMemory(service);
  await waitFor(async () => (await client.operation(id)).finished_at !== null, 7_200_000);
  const all = (performance.now() - begin) / 1000;
  const { phase, files_done, error_reason } = await client.operation(id);
  const load = (await readFile('/proc/loadavg', 'utf8')).split(' ')[0];
  process.stdout.write(
    `${method} of ${files} files: ${phase} ${error_reason ?? ''} with ${files_done}; first file after ${first.toFixed(1)} s, ` +
      `all after ${all.toFixed(0)} s; peak memory ${before} MiB before, ${atFirst} MiB at the first file, ${await peakMemory(service)} MiB at the end; load ${load}\n`,
  );
} finally {
  await service.stop();
  await removeDataDirectory(site.dataDirectory);
  await services.stop();
}
