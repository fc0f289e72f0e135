import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';

const run = promisify(execFile);

/** The results from which README.md's table is generated. */
export const resultsDirectory = fileURLToPath(new URL('../results', import.meta.url));

/** All measured values: how they are formatted, and whether higher is better. */
const measures = {
  perSecond: { text: '# a second', digits: 0, isRate: true },
  megabytesPerSecond: { text: '# MB/s', digits: 0, isRate: true },
  seconds: { text: '# s', digits: 2, isRate: false },
  /** Until a command has ended, whose data is not yet synced. */
  unsyncedSeconds: { text: '# s without sync', digits: 2, isRate: false },
  firstSeconds: { text: 'the first after # s', digits: 1, isRate: false },
  acceptedSeconds: { text: 'accepted after # s', digits: 1, isRate: false },
  startMs: { text: '# ms', digits: 0, isRate: false },
  p50Ms: { text: 'p50 # ms', digits: 1, isRate: false },
  p99Ms: { text: 'p99 # ms', digits: 1, isRate: false },
  longestMs: { text: '/healthz at most # ms', digits: 0, isRate: false },
  cpuMs: { text: 'CPU # ms each', digits: 2, isRate: false },
  cpuSeconds: { text: 'CPU # s', digits: 2, isRate: false },
  peakMiB: { text: 'peak # MiB', digits: 0, isRate: false },
} as const;

/** The name of a measured value. */
export type Measure = keyof typeof measures;

const measureNames = z.enum(Object.keys(measures).filter(isMeasure));
const measuredSchema = z.partialRecord(measureNames, z.number());

/** The values of one contender in one turn, or their medians. */
export type Measured = z.output<typeof measuredSchema>;

const contenderSchema = z.strictObject({
  name: z.string(),
  isPeer: z.boolean(),
  medians: measuredSchema,
  /** For each peer the medians of the ratios to it, turn by turn. */
  ratios: z.record(z.string(), measuredSchema),
  turns: z.array(measuredSchema),
});

const comparisonSchema = z.strictObject({
  what: z.string(),
  /** The values that README.md shows, if any; the first one is compared there. */
  shown: z.array(measureNames),
  contenders: z.array(contenderSchema),
});

/** One stored comparison. */
export type ComparisonResult = z.output<typeof comparisonSchema>;

const resultSchema = z.strictObject({
  benchmark: z.string(),
  date: z.iso.datetime(),
  machine: z.strictObject({
    cpu: z.string(),
    cores: z.int(),
    memoryGiB: z.number(),
    kernel: z.string(),
    fileSystem: z.string(),
    /** The one-minute load average before the first turn: measurements on a busy machine are unreliable. */
    load: z.number(),
  }),
  versions: z.record(z.string(), z.string()),
  leftOut: z.array(z.string()),
  comparisons: z.array(comparisonSchema),
});

/** The results of one benchmark, with its machine and versions. */
export type Result = z.output<typeof resultSchema>;

/** The properties of this machine, and of a directory's file system. */
export async function describeMachine(directory: string): Promise<Result['machine']> {
  const { stdout: fileSystem } = await run('findmnt', ['-no', 'FSTYPE', '-T', directory]);
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    fileSystem: fileSystem.trim(),
    load: Number(loadavg()[0]?.toFixed(2)),
  };
}

/** Writes a result to where `RESULTS` says, by default to where README.md's table is made from. */
export async function writeResult(result: Result): Promise<void> {
  const directory = process.env['RESULTS'] ?? resultsDirectory;
  await mkdir(directory, { recursive: true });
  const checked = resultSchema.parse(result);
  await writeFile(join(directory, `${result.benchmark}.json`), `${JSON.stringify(checked, null, 2)}\n`);
}

/** All results in a directory, in the order of their benchmarks' names. */
export async function readResults(directory: string): Promise<Result[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => resultSchema.parse(JSON.parse(await readFile(join(directory, name), 'utf8')))),
  );
}

/** Values as text, with their units: those that are named, or all. */
export function describeMeasured(
  measured: Measured,
  shown: readonly Measure[] = measuresOf(measured),
): string {
  return shown.flatMap((measure) => describeValue(measure, measured[measure])).join(', ');
}

/** One value with its unit; nothing if it was not measured. */
function describeValue(measure: Measure, value: number | undefined): string[] {
  const { text, digits } = measures[measure];
  return value === undefined ? [] : [text.replace('#', value.toLocaleString('en', digitsOf(digits)))];
}

/** The measured values, in the order of `measures`. */
export function measuresOf(measured: Measured): Measure[] {
  return measureNames.options.filter((measure) => measured[measure] !== undefined);
}

function digitsOf(digits: number): Intl.NumberFormatOptions {
  return { minimumFractionDigits: digits, maximumFractionDigits: digits };
}

function isMeasure(name: string): name is Measure {
  return Object.hasOwn(measures, name);
}

const readme = fileURLToPath(new URL('../../README.md', import.meta.url));
const [begin, end] = [
  '<!-- Made by `npm run bench` from bench/results. -->',
  '<!-- The end of the table. -->',
];

/** Inserts the table of the results into README.md. */
export async function writeTable(): Promise<void> {
  await writeFile(readme, withTable(await readFile(readme, 'utf8'), await readResults(resultsDirectory)));
}

/** A text with the table of these results between its two marker comments. */
export function withTable(text: string, results: readonly Result[]): string {
  const [before, after] = [text.split(begin)[0], text.split(end)[1]];
  if (before === text || after === undefined) throw new Error(`There is no place for the table: ${begin}`);
  return `${before}${begin}\n${tableOf(results)}\n${end}${after}`;
}

function tableOf(results: readonly Result[]): string {
  if (results.length === 0) return 'It has not been measured yet.';
  const rows = results.flatMap(({ comparisons }) => comparisons.flatMap(rowsOf));
  return [...describeSurroundings(results), '', '| | this service | beside |', '|---|---|---|', ...rows].join(
    '\n',
  );
}

/** One row for each configuration of this service. */
function rowsOf({ what, shown, contenders }: ComparisonResult): string[] {
  const [first] = shown;
  if (first === undefined) return [];
  const peers = contenders.filter(({ isPeer }) => isPeer);
  const ours = contenders.filter(({ isPeer }) => !isPeer);
  return ours.map(({ name, medians, ratios }) => {
    const variant = name.replace(/^ours(, )?/, '');
    const title = variant === '' ? what : `${what}; ${variant}`;
    const beside = peers.map((peer) => {
      const ratio = ratios[peer.name]?.[first] ?? Number.NaN;
      const timesAsFast = (measures[first].isRate ? ratio : 1 / ratio).toPrecision(2);
      return `${peer.name}: ${describeValue(first, peer.medians[first])} (**${timesAsFast} ×**)`;
    });
    return `| ${title} | ${describeMeasured(medians, shown)} | ${beside.join('; ')} |`;
  });
}

/** The machine and the versions of the measurements. */
function describeSurroundings(results: readonly Result[]): string[] {
  const dates = results.map(({ date }) => date.slice(0, 10)).sort();
  const machines = results.map(({ machine: { cpu, cores, memoryGiB, kernel, fileSystem } }) => {
    return `${cores} cores (${cpu}), ${memoryGiB} GiB, Linux ${kernel}, ${fileSystem}`;
  });
  const versions = new Map(results.flatMap((result) => Object.entries(result.versions)));
  const period = dates[0] === dates.at(-1) ? dates[0] : `${dates[0]} to ${dates.at(-1)}`;
  const programs = [...versions].map(([name, version]) => `${name} ${version}`).join(', ');
  return [`Measured ${period} on ${[...new Set(machines)].join('; and on ')}, with ${programs}.`];
}
