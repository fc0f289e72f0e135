import { waitFor } from '../test/contracts/waitFor.ts';
import { startFleet, startFleetServices } from '../test/integration/workers/fleet.ts';
import { readRecord, requestAll, writeSources } from '../test/integration/workers/manyFiles.ts';
import { benchmark, type Contender, sizeOf } from './harness/benchmark.ts';
import { timed } from './harness/measuring.ts';

// Copies the same files with one worker and with three, each time with a new service, MariaDB and Redis.
const files = { count: sizeOf('OPERATIONS', 1000), sizeBytes: () => 4096 };

await benchmark('workers', (bench) =>
  bench.compare({
    what: `${files.count} files of 4 KiB copied by workers`,
    warmsUp: false,
    contenders: [copyBy(1), copyBy(3)],
  }),
);

function copyBy(workers: number): Contender {
  return {
    name: workers === 1 ? 'one worker' : `${workers} workers`,
    isPeer: workers === 1,
    async turn() {
      // Requested before any worker runs, so that only their work is measured.
      await using services = await startFleetServices();
      await using fleet = await startFleet(services, 0);
      await using record = readRecord(fleet.databaseUrl);
      await writeSources(fleet, files);
      await requestAll(fleet, files, 'kim');
      await fleet.stop();
      await fleet.start(workers);
      const completed = async () => (await record.countByPhase())['COMPLETED'] ?? 0;
      await waitFor(async () => (await completed()) > 0);
      const { seconds } = await timed(() =>
        waitFor(async () => (await completed()) >= files.count, 3_600_000),
      );
      return { perSecond: files.count / seconds };
    },
  };
}
