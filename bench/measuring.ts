import { readFile } from 'node:fs/promises';
import type { StagingService } from '../test/services/stagingService.ts';

/** How long each side took in one turn, in seconds. */
interface Turn {
  readonly ours: number;
  readonly theirs: number;
}

/** What both sides do in a turn, and what cleans up after them. */
interface Sides {
  theirs(round: number): Promise<void>;
  ours(round: number): Promise<void>;
  after?(round: number): Promise<void>;
}

/** Lets both sides take turns, the other one first. Cleaning up is not measured. */
export async function takeTurns(rounds: number, { theirs, ours, after }: Sides): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (let round = 0; round < rounds; round += 1) {
    turns.push({ theirs: await seconds(() => theirs(round)), ours: await seconds(() => ours(round)) });
    await after?.(round);
  }
  return turns;
}

/** One line: the ratio of the medians, each turn, and the most memory (VmHWM) that the service took. */
export async function report(title: string, turns: readonly Turn[], service: StagingService): Promise<void> {
  const ratio = median(turns.map(({ ours }) => ours)) / median(turns.map(({ theirs }) => theirs));
  const each = turns.map(({ ours, theirs }) => `${ours.toFixed(1)}/${theirs.toFixed(1)}`).join(', ');
  const peak = await peakMemory(service);
  process.stdout.write(
    `${title}: ${ratio.toFixed(2)} × (seconds ours/theirs: ${each}); peak memory ${peak} MiB\n`,
  );
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
