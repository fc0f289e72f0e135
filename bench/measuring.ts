import { readFile } from 'node:fs/promises';
import type { StagingService } from '../test/services/stagingService.ts';

/** How long each side took in one turn, in seconds. */
interface Turn {
  readonly ours: number;
  /** The time of the reference, and the time to sync its data, as ours is synced when the service answers. */
  readonly theirs: number;
  readonly theirSync: number;
  /** The CPU time of each, in seconds; theirs with the sync. */
  readonly oursCpu: number;
  readonly theirsCpu: number;
}

/** What both sides do in a turn, and how to clean up after them. */
interface Sides {
  theirs(round: number): Promise<void>;
  /** Syncs what the reference has written. */
  theirSync(round: number): Promise<void>;
  ours(round: number): Promise<void>;
  after?(round: number): Promise<void>;
}

/** Runs both sides alternately, the reference first. Cleaning up is not measured. */
export async function takeTurns(
  rounds: number,
  service: StagingService,
  { theirs, theirSync, ours, after }: Sides,
): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const childrenBefore = await cpuSeconds('self', ofChildren);
    const theirSeconds = {
      theirs: await seconds(() => theirs(round)),
      theirSync: await seconds(() => theirSync(round)),
    };
    const theirsCpu = (await cpuSeconds('self', ofChildren)) - childrenBefore;
    const before = await cpuSeconds(service.process.pid, ofProcess);
    const oursSeconds = await seconds(() => ours(round));
    const oursCpu = (await cpuSeconds(service.process.pid, ofProcess)) - before;
    turns.push({ ...theirSeconds, ours: oursSeconds, oursCpu, theirsCpu });
    await after?.(round);
  }
  return turns;
}

/**
 * Prints the ratios of the medians, to the reference with and without its sync, each turn, the ratio of the CPU time,
 * and the peak memory (VmHWM) of the service.
 */
export async function report(title: string, turns: readonly Turn[], service: StagingService): Promise<void> {
  const ours = median(turns.map((turn) => turn.ours));
  const durably = ours / median(turns.map(({ theirs, theirSync }) => theirs + theirSync));
  const alone = ours / median(turns.map(({ theirs }) => theirs));
  const cpu = median(turns.map(({ oursCpu }) => oursCpu)) / median(turns.map(({ theirsCpu }) => theirsCpu));
  const each = turns.map((turn) =>
    [turn.ours, turn.theirs, turn.theirSync, turn.oursCpu, turn.theirsCpu].map(inSeconds).join('/'),
  );
  const peak = await peakMemory(service);
  process.stdout.write(
    `${title} and sync: ${durably.toFixed(2)} ×, without the sync: ${alone.toFixed(2)} ×, CPU: ${cpu.toFixed(2)} × ` +
      `(seconds ours/theirs/sync/our CPU/their CPU: ${each.join(', ')}); peak memory ${peak} MiB\n`,
  );
}

function inSeconds(value: number): string {
  return value.toFixed(1);
}

/** The peak memory of a service (VmHWM), in MiB. */
export async function peakMemory(service: StagingService): Promise<number> {
  const status = await readFile(`/proc/${service.process.pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

/** Where proc(5) has the time in hundredths, user and system: of a process, and of its children that have ended. */
const ofProcess = [13, 14];
const ofChildren = [15, 16];

/** The CPU time that a process has used, with all its threads, in seconds. */
export function cpuOf(pid: number | undefined): Promise<number> {
  return cpuSeconds(pid, ofProcess);
}

async function cpuSeconds(pid: number | 'self' | undefined, places: readonly number[]): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program is in brackets, and may have spaces.
  const fields = ['', '', ...stat.slice(stat.lastIndexOf(')') + 2).split(' ')];
  return places.reduce((sum, place) => sum + Number(fields[place]), 0) / 100;
}

/** The middle one of these values. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
