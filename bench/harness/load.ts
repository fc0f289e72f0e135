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
