import { clientOf } from '../test/contracts/httpClient.ts';
import { waitFor } from '../test/contracts/waitFor.ts';
import { makeRucioSite, sourceOf } from '../test/integration/rucio/site.ts';
import { makeLargeDataset } from '../test/services/rucio/rucioLargeDataset.ts';
import { removeDataDirectory, startStagingService } from '../test/services/staging/stagingService.ts';
import { benchmark, sizeOf } from './harness/benchmark.ts';
import { forgetPeakMemory, peakMemory } from './harness/measuring.ts';

// Stages a dataset of a real Rucio by its data identifier. Rucio's server is on SQLite, and slower than that of a site.
const files = sizeOf('FILES', 100_000);
const method = process.env['METHOD'] ?? 'local_copy';

await benchmark('rucioDataset', async (bench) => {
  const rucio = await bench.service('rucio-large');
  if (!rucio) return;
  const site = await makeRucioSite(rucio, { isDeterministic: false });
  bench.atEnd(() => removeDataDirectory(site.dataDirectory));
  const service = await startStagingService(site.dataDirectory, site.settings);
  bench.atEnd(service.stop);
  const client = clientOf(service.url);
  const dataset = await makeLargeDataset(rucio, site, files);
  await bench.compare({
    what: `a dataset of ${files.toLocaleString('en')} files by ${method}`,
    warmsUp: false,
    contenders: [
      {
        name: 'ours',
        async turn(round) {
          await forgetPeakMemory(service.process.pid);
          const begin = performance.now();
          const secondsSoFar = () => (performance.now() - begin) / 1000;
          const body = { local_path_on_storage: sourceOf(dataset), relative_path: `big-${round}` };
          const path = `/stage_data?method=${method}&username=alice`;
          const { text } = await client.post(path, body, { Prefer: 'respond-async' });
          const { id } = JSON.parse(text).operation;
          await waitFor(async () => (await client.operation(id)).files_done > 0, 600_000);
          const firstSeconds = secondsSoFar();
          await waitFor(async () => (await client.operation(id)).finished_at !== null, 7_200_000);
          const seconds = secondsSoFar();
          const { phase, error_reason } = await client.operation(id);
          if (phase !== 'COMPLETED') throw new Error(`${phase} ${error_reason}`);
          return { firstSeconds, seconds, peakMiB: await peakMemory(service.process.pid) };
        },
      },
    ],
  });
});
