import { once } from 'node:events';
import { createServer } from 'node:http';
import pLimit from 'p-limit';
import { clientOf } from '../test/contracts/httpClient.ts';
import { type Bench, benchmark, sizeOf } from './harness/benchmark.ts';
import { sendLoad } from './harness/load.ts';
import { forgetPeakMemory, peakMemory } from './harness/measuring.ts';
import { type OwnProgram, startOurs, writeSmallFiles } from './harness/programs.ts';

// Lists operations of a service with many queued operations behind one that waits for an unresponsive hub, compared
// with one in which as many have ended.
const operations = sizeOf('OPERATIONS', 10_000);
const requests = sizeOf('REQUESTS', 500);

await benchmark('queue', async (bench) => {
  const [file = ''] = await writeSmallFiles(bench, 1);
  const JUPYTERHUB_URL = await startDeafHub(bench);
  const start = (name: string) =>
    startOurs(bench, name, {
      CONCURRENCY: '1',
      SHUTDOWN_TIMEOUT: '0',
      JUPYTERHUB_URL,
      JUPYTERHUB_API_TOKEN: 'the-token-of-the-hub',
    });
  const idle = await start('idle');
  const waiting = await start(`${operations} operations wait`);
  // Their file is missing, so each ends quickly; both services have worked for a while.
  for (const program of [idle, waiting]) await requestCopies(program, 'missing');
  await requestCopies(waiting, file);
  await bench.compare({
    what: 'GET /operations?limit=50, one at a time',
    contenders: [idle, waiting].map((program) => ({
      ...program,
      isPeer: program === idle,
      async turn() {
        await forgetPeakMemory(program.pid);
        const callOf = () => ({ path: '/operations?limit=50' });
        const measured = await sendLoad(program, { count: requests, atOnce: 1, callOf });
        return { ...measured, peakMiB: await peakMemory(program.pid) };
      },
    })),
  });
});

async function startDeafHub(bench: Bench): Promise<string> {
  const hub = createServer().listen(0, '127.0.0.1');
  await once(hub, 'listening');
  bench.atEnd(async () => {
    hub.closeAllConnections();
    hub.close();
  });
  const address = hub.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

/** Requests many copies to a notebook server, twenty at a time. */
async function requestCopies({ origin }: OwnProgram, name: string): Promise<void> {
  const indexes = Array.from({ length: operations }, (_, index) => index);
  await pLimit(20).map(indexes, async (index) => {
    const body = { local_path_on_storage: name, relative_path: `folder/${index}` };
    const headers = { prefer: 'respond-async' };
    const answer = await clientOf(origin).post('/stage/jupyter?username=ann', body, headers);
    if (answer.status !== 202) throw new Error(answer.text);
  });
}
