import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  type ComparisonResult,
  describeMeasured,
  describeValue,
  measures,
  type Result,
  readResults,
  resultsDirectory,
} from './results.ts';

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
