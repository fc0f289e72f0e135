import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import * as z from 'zod';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { type Scrape, scrape } from './scrape.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFile(fileURLToPath(new URL(path, root)), 'utf8');

const ruleFileSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Staging[A-Za-z]+$/),
          expr: z.string(),
          for: z.string().regex(/^\d+[mh]$/),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.strictObject({ summary: z.string().min(1), description: z.string().min(1) }),
        }),
      ),
    }),
  ),
});
const targetSchema = z.looseObject({ expr: z.string() });
const dashboardSchema = z.looseObject({
  uid: z.string(),
  // Grafana 10 reads this version of the schema, and newer ones migrate it.
  schemaVersion: z.literal(39),
  templating: z.object({
    list: z.array(z.looseObject({ name: z.string(), definition: z.string().optional() })),
  }),
  panels: z.array(
    z.looseObject({ id: z.number(), title: z.string(), targets: z.array(targetSchema).default([]) }),
  ),
});

/** The content of queries to Prometheus: the names of metrics and of their labels. */
interface Query {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

/** Parses a query with Prometheus' own grammar. @throws a description of the error */
function readQuery(expression: string): Query {
  const metrics: string[] = [];
  const labels: string[] = [];
  parser.parse(expression).iterate({
    enter({ type, from, to }) {
      const text = expression.slice(from, to);
      if (type.isError) throw new Error(`Wrong at ${from}: ${expression}`);
      if (type.name === 'Identifier') metrics.push(text);
      if (type.name === 'LabelName') labels.push(text);
    },
  });
  return { metrics, labels };
}

describe('the dashboard and the alerts', () => {
  let directory: string;
  let service: StagingService;
  let scraped: Scrape;
  let known: ReadonlySet<string>;
  beforeAll(async () => {
    directory = await makeDataDirectory();
    service = await startStagingService(directory);
    await clientOf(service.url).stage('local_copy', 'missing', 'x');
    scraped = await scrape(service.url);
    // Prometheus adds this one itself.
    known = new Set([...scraped.samples.map(({ name }) => name), 'up']);
  });
  afterAll(async () => {
    await service.stop();
    await removeDataDirectory(directory);
  });

  /** Each metric must be in the scrape, and each label on one of its samples. Prometheus adds job and instance. */
  function expectKnown(expression: string): void {
    const { metrics, labels } = readQuery(expression);
    expect(metrics).not.toEqual([]);
    for (const metric of metrics) expect([...known]).toContain(metric);
    const own = new Set(scraped.samples.flatMap((sample) => Object.keys(sample.labels)));
    for (const label of labels) expect([...own, 'job', 'instance']).toContain(label);
  }

  test('the grammar distinguishes valid queries from invalid ones', () => {
    expect(readQuery('sum by (method) (rate(a_total{job="x"}[5m])) > 1').metrics).toEqual(['a_total']);
    expect(() => readQuery('sum by (method (rate(a_total[5m]))')).toThrow('Wrong at');
  });

  test('the alerts query metrics that the service has, in valid rules of Prometheus', async () => {
    const { groups } = ruleFileSchema.parse(parse(await read('deploy/prometheus/alerts.yaml')));
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(5);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { expr } of rules) expectKnown(expr);
  });

  test('the panels of the dashboard query metrics that the service has', async () => {
    const dashboard = dashboardSchema.parse(
      JSON.parse(await read('deploy/grafana/ska-staging-service.json')),
    );
    const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(20);
    // Variables that Grafana replaces in queries.
    for (const expression of expressions) expectKnown(expression.replaceAll('$__rate_interval', '5m'));
    const variables = dashboard.templating.list.map(({ name }) => name);
    const used = JSON.stringify(dashboard.panels).matchAll(/\$\{?([a-z]\w*)/g);
    for (const [, variable = ''] of used) expect(variables).toContain(variable);
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  describeWith('redis', 'with a queue for workers', (redis) => {
    test('the operations guide lists every metric of the service with its labels, and no other', async () => {
      const shown = [
        ...(await read('docs/operations-guide.md')).matchAll(/^\| `(staging_\w+)` \| (\w+) \| (.*?) \|/gm),
      ].map(([, name, type, labels = '']) => [
        name,
        type,
        [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort(),
      ]);
      const all = [scraped, await scrapeWithQueue(redis.url)];
      const real = new Map(
        all.flatMap(({ text }) =>
          [...text.matchAll(/^# TYPE (staging_\w+) (\w+)$/gm)].map(([, name = '', type]) => [
            name,
            [name, type, [...labelsOf(name, all)].sort()],
          ]),
        ),
      );
      expect(shown.sort()).toEqual([...real.values()].sort());
    });
  });

  async function scrapeWithQueue(redisUrl: string): Promise<Scrape> {
    const other = await makeDataDirectory();
    const withQueue = await startStagingService(other, { EXECUTOR: 'bullmq', REDIS_URL: redisUrl });
    try {
      // Until Redis has answered, there are no lengths.
      await waitFor(async () => (await scrape(withQueue.url)).sum('staging_redis_up') === 1);
      return await scrape(withQueue.url);
    } finally {
      await withQueue.stop();
      await removeDataDirectory(other);
    }
  }

  function labelsOf(metric: string, all: readonly Scrape[]): ReadonlySet<string> {
    const own = all
      .flatMap(({ samples }) => samples)
      .filter(({ name }) => name.replace(/_(bucket|sum|count)$/, '') === metric);
    return new Set(own.flatMap(({ labels }) => Object.keys(labels)).filter((label) => label !== 'le'));
  }
});
