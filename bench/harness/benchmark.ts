import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { type ServiceAddresses, type ServiceName, startServices } from '../../test/services/services.ts';
import { makeDataDirectory, removeDataDirectory } from '../../test/services/staging/stagingService.ts';
import { median } from './measuring.ts';
import {
  type ComparisonResult,
  describeMachine,
  describeMeasured,
  type Measure,
  type Measured,
  measuresOf,
  writeResult,
} from './results.ts';

const run = promisify(execFile);

/** One side of a comparison: this service in some configuration, or another program that does the same. */
export interface Contender {
  readonly name: string;
  /** Whether the other contenders are compared with it. */
  readonly isPeer?: boolean;
  /** Performs the compared action once. */
  turn(round: number): Promise<Measured>;
}

/** Contenders that do the same. */
interface Comparison {
  readonly what: string;
  /** The values that README.md shows, the most important first; empty if it shows none. */
  readonly shown?: readonly Measure[];
  readonly contenders: readonly Contender[];
  /** Whether there is an uncounted warm-up round. By default there is. */
  readonly warmsUp?: boolean;
}

/** The context of a benchmark. */
export interface Bench {
  /** A temporary data directory, which is removed at the end. */
  readonly directory: string;
  readonly sourceStorage: string;
  /** Registers something to stop before the directory is removed, in reverse order. */
  atEnd(stop: () => Promise<unknown>): void;
  /** Starts a real service. An unavailable one is skipped, with the reason. */
  service<Name extends ServiceName>(name: Name): Promise<ServiceAddresses[Name] | undefined>;
  leaveOut(reason: string): undefined;
  /** Records the version of a program, which a command prints. */
  addVersion(program: string, command: string, ...parameters: readonly string[]): Promise<void>;
  /** Lets the contenders take turns, and prints and stores the results. */
  compare(comparison: Comparison): Promise<void>;
}

/** A size of a benchmark, which an environment variable may override. */
export function sizeOf(name: string, usual: number): number {
  const size = Number(process.env[name] ?? usual);
  if (!(size > 0)) throw new Error(`${name} must be a number above 0`);
  return size;
}

/** Runs a benchmark, and stores its results. Everything that it has started is stopped. */
export async function benchmark(name: string, body: (bench: Bench) => Promise<void>): Promise<void> {
  const directory = await makeDataDirectory();
  const stops: (() => Promise<unknown>)[] = [() => removeDataDirectory(directory)];
  const versions: Record<string, string> = { node: process.version, service: await ownVersion() };
  const leftOut: string[] = [];
  const comparisons: ComparisonResult[] = [];
  const machine = await describeMachine(directory);
  const bench: Bench = {
    directory,
    sourceStorage: join(directory, 'source_storage'),
    atEnd: (stop) => void stops.push(stop),
    async service(part) {
      const { report, stop } = await startServices([part]);
      stops.push(stop);
      return report.addresses[part] ?? bench.leaveOut(`${part}: ${report.reasons[part]}`);
    },
    leaveOut(reason) {
      say(`Left out: ${reason}`);
      leftOut.push(reason);
      return undefined;
    },
    async addVersion(program, command, ...parameters) {
      const { stdout, stderr } = await run(command, parameters);
      versions[program] = /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] ?? 'unknown';
    },
    async compare(comparison) {
      const result = await takeTurns(comparison);
      report(result);
      comparisons.push(result);
    },
  };
  try {
    await body(bench);
    await writeResult({
      benchmark: name,
      date: new Date().toISOString(),
      machine,
      versions,
      leftOut,
      comparisons,
    });
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function takeTurns({
  what,
  shown = [],
  contenders,
  warmsUp = true,
}: Comparison): Promise<ComparisonResult> {
  const pairs = sizeOf('PAIRS', 5);
  const turns = contenders.map((): Measured[] => []);
  for (let round = warmsUp ? 0 : 1; round <= pairs; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      const measured = await contender.turn(round);
      if (round > 0) turns[index]?.push(measured);
    }
  }
  const peers = contenders.flatMap(({ name, isPeer }, index) =>
    isPeer ? [{ name, turns: turns[index] ?? [] }] : [],
  );
  return {
    what,
    shown: [...shown],
    contenders: contenders.map(({ name, isPeer = false }, index) => {
      const own = turns[index] ?? [];
      const ratios = isPeer
        ? []
        : peers.map((peer) => [peer.name, mediansOf(divide(own, peer.turns))] as const);
      return { name, isPeer, medians: mediansOf(own), ratios: Object.fromEntries(ratios), turns: own };
    }),
  };
}

/** Each turn of one contender divided by the same turn of another. */
function divide(ours: readonly Measured[], theirs: readonly Measured[]): Measured[] {
  return ours.map((turn, index) => {
    const other = theirs[index] ?? {};
    const ratios = measuresOf(turn).flatMap((measure) => {
      const [own, their] = [turn[measure], other[measure]];
      return own === undefined || !their ? [] : [[measure, own / their] as const];
    });
    return Object.fromEntries(ratios);
  });
}

function mediansOf(turns: readonly Measured[]): Measured {
  const middleOf = (measure: Measure) => toFourDigits(median(turns.flatMap((turn) => turn[measure] ?? [])));
  const found = new Set(turns.flatMap(measuresOf));
  return Object.fromEntries([...found].map((measure) => [measure, middleOf(measure)] as const));
}

function report({ what, contenders }: ComparisonResult): void {
  say(what);
  for (const { name, medians } of contenders) say(`  ${name}: ${describeMeasured(medians)}`);
  for (const { name, ratios } of contenders) {
    for (const [peer, ratio] of Object.entries(ratios)) {
      const each = measuresOf(ratio).map((measure) => `${measure} ${ratio[measure]?.toFixed(2)} ×`);
      say(`  ${name} / ${peer}: ${each.join(', ')}`);
    }
  }
}

async function ownVersion(): Promise<string> {
  const commit = await run('git', ['rev-parse', '--short', 'HEAD'])
    .then(({ stdout }) => ` (${stdout.trim()})`)
    .catch(() => '');
  return packageJson.version + commit;
}

/** More digits would be noise. */
function toFourDigits(value: number): number {
  return Number(value.toPrecision(4));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
