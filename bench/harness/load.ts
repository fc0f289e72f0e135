import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { batchSchema } from '../../shared/http/contract/answers/batches.ts';
import { batchClientOf } from '../../test/integration/batches/batchClient.ts';
import { type Call, openConnection } from './connection.ts';
import { quantile, timedWithCpu } from './measuring.ts';
import type { Program } from './programs.ts';
import type { Measured } from './results.ts';

/** The calls that one program gets in one turn. */
interface Load {
  readonly count: number;
  readonly atOnce: number;
  callOf(index: number): Call;
}

/**
 * Sends calls to a program, with limited concurrency: operations per second, response times, and the CPU time of each.
 */
export async function sendLoad(
  { origin, pid }: Pick<Program, 'origin' | 'pid'>,
  load: Load,
): Promise<Measured> {
  const times: number[] = [];
  const { seconds, cpuSeconds } = await timedWithCpu(
    pid,
    async () => void times.push(...(await sendAll(origin, load))),
  );
  return {
    perSecond: load.count / seconds,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    cpuMs: (cpuSeconds * 1000) / load.count,
  };
}

/** Sends calls, with limited concurrency; returns the time of each in ms. */
async function sendAll(origin: string, { count, atOnce, callOf }: Load): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const sendSome = async () => {
    const connection = openConnection(origin);
    while (next < count) {
      const call = callOf(next++);
      const begin = performance.now();
      await connection.send(call);
      times.push(performance.now() - begin);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: atOnce }, sendSome));
  return times;
}

/** The call that copies a file for the user `bench`. */
export function stagingCall(source: string, target: string, headers: Record<string, string> = {}): Call {
  return {
    method: 'POST',
    path: '/stage/local?username=bench',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ local_path_on_storage: source, relative_path: target }),
  };
}

/** One item of a batch. */
export interface Item {
  readonly local_path_on_storage: string;
  readonly relative_path: string;
}

/** How often a batch is polled, in ms: rarely, because that is work for the service, too. */
const lookMs = 100;

/** Requests a batch of items, and waits until all have been staged; resolves with the seconds until it was accepted. */
export async function stageBatch(origin: string, method: string, items: readonly Item[]): Promise<number> {
  const begin = performance.now();
  const id = await requestBatch(origin, method, items);
  const acceptedSeconds = (performance.now() - begin) / 1000;
  const { look } = batchClientOf(() => origin);
  while ((await look(id, '?limit=1')).finished_at === null) await delay(lookMs);
  const { counts } = await look(id, '?limit=1');
  if (counts.COMPLETED !== items.length)
    throw new Error(`The batch has ended with ${JSON.stringify(counts)}`);
  return acceptedSeconds;
}

async function requestBatch(origin: string, method: string, items: readonly Item[]): Promise<string> {
  const call = request(`${origin}/batches?method=${method}&username=bench`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
  });
  call.end(items.map((item) => `${JSON.stringify(item)}\n`).join(''));
  const [answer] = await once(call, 'response');
  const body = await text(answer);
  if (answer.statusCode !== 202) throw new Error(body);
  return batchSchema.parse(JSON.parse(body)).id;
}
