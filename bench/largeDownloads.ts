import { once } from 'node:events';
import { utimes } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { benchmark, type Contender, sizeOf } from './harness/benchmark.ts';
import { openConnection } from './harness/connection.ts';
import { writeLargeFile } from './harness/files.ts';
import { forgetPeakMemory, peakMemory, timedWithCpu } from './harness/measuring.ts';
import { type Program, startBehind, startFastApi, startNginx, startOurs } from './harness/programs.ts';

// Downloads a large file, with one client and with 16, compared with nginx and FastAPI's FileResponse. Its digests are
// known, except at the first download of a version. And holds 200 slow clients, while others are still answered.
const mebibytes = sizeOf('MIB', 1024);
const clients = sizeOf('CLIENTS', 16);
const slowClients = sizeOf('SLOW_CLIENTS', 200);
const slowSeconds = sizeOf('SLOW_SECONDS', 15);

await benchmark('largeDownloads', async (bench) => {
  await writeLargeFile(join(bench.sourceStorage, 'one'), mebibytes);
  const changing = join(bench.sourceStorage, 'changing');
  await writeLargeFile(changing, mebibytes);
  const share = Math.max(1, Math.round((mebibytes * 2) / clients));
  await writeLargeFile(join(bench.sourceStorage, 'many'), share);
  const ours = await startOurs(bench, 'ours', { DOWNLOADS_PER_USER: `${slowClients}` });
  const nginx = await startNginx(bench);
  const programs = [
    ours,
    ...(nginx ? [await startBehind(bench, nginx), nginx] : []),
    await startFastApi(bench, 'FastAPI', 'plain_files'),
  ];
  const firstDownload: Contender = {
    ...ours,
    name: `${ours.name}, first download of a version`,
    async turn(round) {
      await utimes(changing, new Date(), new Date());
      return downloadTogether(ours, 'changing', 1).turn(round);
    },
  };
  const compare = (what: string, file: string, together: number, ...others: readonly Contender[]) =>
    bench.compare({
      what,
      shown: ['megabytesPerSecond', 'cpuSeconds', 'peakMiB'],
      contenders: [...programs.map((program) => downloadTogether(program, file, together)), ...others],
    });
  await compare(`downloads of ${mebibytes} MiB, one client`, 'one', 1, firstDownload);
  await compare(`downloads of ${share} MiB, ${clients} clients`, 'many', clients);
  await bench.compare({
    what: `${slowClients} slow downloads at once`,
    shown: ['longestMs', 'peakMiB'],
    warmsUp: false,
    contenders: [{ name: ours.name, turn: () => holdSlowClients(ours) }],
  });
});

/** The CPU time and the memory are those of the named program; behind nginx those of this service. */
function downloadTogether(program: Program, file: string, together: number): Contender {
  return {
    ...program,
    async turn() {
      await forgetPeakMemory(program.pid);
      const connections = Array.from({ length: together }, () => openConnection(program.origin));
      let bytes = 0;
      const spent = await timedWithCpu(program.pid, async () => {
        const received = await Promise.all(
          connections.map(({ send }) => send({ path: program.downloads + file })),
        );
        bytes = received.reduce((sum, each) => sum + each, 0);
      });
      for (const connection of connections) connection.close();
      return {
        megabytesPerSecond: bytes / 1e6 / spent.seconds,
        cpuSeconds: spent.cpuSeconds,
        ...(!program.isPeer && { peakMiB: await peakMemory(program.pid) }),
      };
    },
  };
}

/** All start at the same time and read slowly; meanwhile another client requests /healthz. */
async function holdSlowClients({ origin, downloads, pid }: Program) {
  await forgetPeakMemory(pid);
  const over = new AbortController();
  const held = Array.from({ length: slowClients }, () =>
    downloadSlowly(`${origin}${downloads}one`, over.signal),
  );
  const longestMs = await longestHealthCheck(origin);
  over.abort();
  await Promise.all(held);
  return { longestMs, peakMiB: await peakMemory(pid) };
}

/** About 200 KiB a second, until the end. */
async function downloadSlowly(url: string, over: AbortSignal): Promise<void> {
  const call = get(url, { agent: false });
  const [answer] = await once(call, 'response');
  if (answer.statusCode !== 200) throw new Error(`A slow client was answered ${answer.statusCode}`);
  while (!over.aborted) {
    answer.read();
    await delay(250);
  }
  call.destroy();
}

async function longestHealthCheck(origin: string): Promise<number> {
  const connection = openConnection(origin);
  const begin = performance.now();
  let longestMs = 0;
  for (let asked = begin; asked < begin + slowSeconds * 1000; asked = performance.now()) {
    await connection.send({ path: '/healthz' });
    longestMs = Math.max(longestMs, performance.now() - asked);
    await delay(20);
  }
  connection.close();
  return longestMs;
}
