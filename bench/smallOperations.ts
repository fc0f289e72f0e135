import { benchmark, sizeOf } from './harness/benchmark.ts';
import { sendLoad, stagingCall } from './harness/load.ts';
import { type Program, startFastApi, startOnDatabases, writeSmallFiles } from './harness/programs.ts';

// Copies files of 1 KiB, compared with a FastAPI program with the same guarantees, and one without any. This service
// answers only when file and row are on disk.
const requests = sizeOf('REQUESTS', 2000);
const atOnce = sizeOf('AT_ONCE', 16);
const alone = Math.ceil(requests / 10);

await benchmark('smallOperations', async (bench) => {
  const sources = await writeSmallFiles(bench, 100);
  const programs = [
    ...(await startOnDatabases(bench)),
    await startFastApi(bench, 'FastAPI with a record', 'recorded_copies'),
    await startFastApi(bench, 'FastAPI without a record', 'plain_files'),
  ];
  const stageOneOf = (folder: string) => (index: number) =>
    stagingCall(sources[index % sources.length] ?? '', `${folder}/${index}`);
  const contend = (what: string, count: number, together: number) =>
    programs.map((program: Program) => ({
      ...program,
      turn: (round: number) =>
        sendLoad(program, { count, atOnce: together, callOf: stageOneOf(`${what}-${round}`) }),
    }));
  await bench.compare({
    what: `files of 1 KiB copied, ${atOnce} at a time`,
    shown: ['perSecond', 'p50Ms', 'p99Ms', 'cpuMs'],
    contenders: contend('together', requests, atOnce),
  });
  await bench.compare({
    what: 'files of 1 KiB copied, one at a time',
    shown: ['p50Ms'],
    contenders: contend('alone', alone, 1),
  });
});
