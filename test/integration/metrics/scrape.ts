import { expect } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';

/** One sample of a scrape. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The answer of a service to `GET /metrics`. */
export interface Scrape {
  readonly text: string;
  readonly samples: readonly Sample[];
  /** The sum of the samples of a metric that have these labels. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
}

/** Requests the metrics of a service. */
export async function scrape(url: string): Promise<Scrape> {
  const { status, headers, text } = await clientOf(url).get('/metrics');
  expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
    'no-store',
  ]);
  const samples = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseSample);
  return {
    text,
    samples,
    sum: (name, labels = {}) =>
      samples
        .filter((sample) => sample.name === name && hasLabels(sample, labels))
        .reduce((sum, { value }) => sum + value, 0),
  };
}

function hasLabels(sample: Sample, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([label, value]) => sample.labels[label] === value);
}

/** The text format of Prometheus, version 0.0.4: `name{label="value",…} number`. */
function parseSample(line: string): Sample {
  const [, name, labels = '', value] = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`This is no sample: ${line}`);
  const pairs = [...labels.matchAll(/([a-z_]\w*)="((?:[^"\\]|\\.)*)"/gi)];
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, label = '', text = '']) => [label, text])),
    value: Number(value),
  };
}
