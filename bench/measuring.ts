import { readFile } from 'node:fs/promises';
import type { StagingService } from '../test/services/stagingService.ts';

/** How long each side took in one turn, in seconds. */
interface Turn {
  readonly ours: number;
  /** The time of the reference, and the time to sync its data, as ours is synced when the service answers. */
  readonly theirs: number;
  readonly theirSync: number;
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
export async function takeTurns(rounds: number, { theirs, theirSync, ours, after }: Sides): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (let round = 0; round < rounds; round += 1) {
    turns.push({
      theirs: await seconds(() => theirs(round)),
      theirSync: await seconds(() => theirSync(round)),
      ours: await seconds(() => ours(round)),
    });
    await after?.(round);
  }
  return turns;
}

/**
 * Prints the ratios of the medians, to the reference with and without its sync, each turn, and the peak memory (VmHWM)
 * of the service.
 */
export async function report(title: string, turns: readonly Turn[], service: StagingService): Promise<void> {
  const ours = median(turns.map((turn) => turn.ours));
  const durably = ours / median(turns.map(({ theirs, theirSync }) => theirs + theirSync));
  const alone = ours / median(turns.map(({ theirs }) => theirs));
  const each = turns.map((turn) => [turn.ours, turn.theirs, turn.theirSync].map(inSeconds).join('/'));
  const peak = await peakMemory(service);
  process.stdout.write(
    `${title} and sync: ${durably.toFixed(2)} ×, without the sync: ${alone.toFixed(2)} × ` +
      `(seconds ours/theirs/sync: ${each.join(', ')}); peak memory ${peak} MiB\n`,
  );
}

function inSeconds(value: number): string {
  return value.toFixed(1);
}

async function peakMemory(service: StagingService): Promise<number> {
  const status = await readFile(`/proc/${service.process.pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
