import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { benchmark, sizeOf } from './harness/benchmark.ts';
import type { Call } from './harness/connection.ts';
import { sendLoad } from './harness/load.ts';
import {
  type Program,
  startFastApi,
  startNginx,
  startOnDatabases,
  writeSmallFiles,
} from './harness/programs.ts';

// Downloads files of 1 KiB, and ranges of 64 KiB as astropy, fsspec and zarr read them, compared with FastAPI's
// FileResponse and nginx.
const requests = sizeOf('REQUESTS', 2000);
const atOnce = sizeOf('AT_ONCE', 16);
const rangeBytes = 64 * 1024;
const ranges = 1024;

await benchmark('smallDownloads', async (bench) => {
  const files = await writeSmallFiles(bench, 100);
  await writeFile(join(bench.sourceStorage, 'cube'), Buffer.alloc(ranges * rangeBytes, 'cube'));
  const nginx = await startNginx(bench);
  const programs = [
    ...(await startOnDatabases(bench)),
    await startFastApi(bench, 'FastAPI', 'plain_files'),
    ...(nginx ? [nginx] : []),
  ];
  const compare = (what: string, callOf: (program: Program, index: number) => Call) =>
    bench.compare({
      what: `${what}, ${atOnce} at a time`,
      shown: ['perSecond', 'cpuMs'],
      contenders: programs.map((program) => ({
        ...program,
        turn: () => sendLoad(program, { count: requests, atOnce, callOf: (index) => callOf(program, index) }),
      })),
    });
  await compare('downloads of 1 KiB', ({ downloads }, index) => ({
    path: downloads + files[index % files.length],
  }));
  await compare('ranges of 64 KiB', ({ downloads }, index) => {
    const start = ((index * 37) % ranges) * rangeBytes;
    return { path: `${downloads}cube`, headers: { range: `bytes=${start}-${start + rangeBytes - 1}` } };
  });
});
