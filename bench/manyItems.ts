import { join } from 'node:path';
import { benchmark, sizeOf } from './harness/benchmark.ts';
import { stageBatch } from './harness/load.ts';
import { peakMemory, timedWithCpu } from './harness/measuring.ts';
import { startOurs, writeSmallFiles } from './harness/programs.ts';

// Copies many files of 1 KiB by one batch, each time with a new service and database.
const count = sizeOf('COUNT', 100_000);

await benchmark('manyItems', async (bench) => {
  const sources = await writeSmallFiles(bench, 100);
  await bench.compare({
    what: `${count.toLocaleString('en')} files of 1 KiB copied by one batch`,
    shown: ['perSecond', 'acceptedSeconds', 'peakMiB', 'cpuMs'],
    warmsUp: false,
    contenders: [
      {
        name: 'ours, SQLite',
        async turn(round) {
          const { origin, pid, service } = await startOurs(bench, `round-${round}`);
          const items = Array.from({ length: count }, (_, index) => ({
            local_path_on_storage: sources[index % sources.length] ?? '',
            relative_path: join(String(Math.floor(index / 1000)), String(index)),
          }));
          let acceptedSeconds = Number.NaN;
          const spent = await timedWithCpu(pid, async () => {
            acceptedSeconds = await stageBatch(origin, 'local_copy', items);
          });
          const peakMiB = await peakMemory(pid);
          await service.stop();
          const cpuMs = (spent.cpuSeconds * 1000) / count;
          return { perSecond: count / spent.seconds, acceptedSeconds, peakMiB, cpuMs };
        },
      },
    ],
  });
});
