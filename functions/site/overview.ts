import * as z from 'zod';
import { memoizeFor } from '../../shared/async/coalesce.ts';
import type { Overview } from '../../shared/http/contract/answers/site.ts';
import type { Viewer } from '../../shared/model/caller.ts';
import { type StagingMethodName, stagingMethodNames } from '../../shared/model/methods.ts';
import type { EndedCount, RecordSummary } from '../../shared/model/operations/lists.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createFreeSpaceReader } from '../../shared/storage/mounted/freeSpace.ts';
import { createHealthChecks } from './health.ts';

/** The dependencies of an overview; a process that runs no operations has no reservations. */
type OverviewServices = Pick<Dependencies, 'config' | 'operations' | 'logger'> &
  Partial<Pick<Dependencies, 'userAreas'>>;

/** How long the record's summary and the components' health are cached, in ms. */
const summaryMs = 15_000;
const healthMs = 5000;

const hourMs = 3_600_000;

/** The hours and the viewer: as text, so that equal requests share an answer. */
const askedSchema = z.tuple([z.number(), z.union([z.literal('all'), z.array(z.string())])]);

/** Provides the health of the service and its recent activity. Many viewers cost no more than one. */
export function createOverview(
  services: OverviewServices,
): (hours: number, viewer: Viewer) => Promise<Overview> {
  const { config, operations, logger, userAreas } = services;
  const checkHealth = createHealthChecks(services);
  const health = memoizeFor<void, Overview['health']>(healthMs, checkHealth);
  const summarize = memoizeFor(summaryMs, (asked: string) => {
    const [hours, usernames] = askedSchema.parse(JSON.parse(asked));
    return operations.summarize(new Date(Date.now() - hours * hourMs), { usernames });
  });
  const storages = [
    { name: 'source', look: createFreeSpaceReader(config.sourceStoragePath), reservedBytes: () => null },
    {
      name: 'user_areas',
      look: createFreeSpaceReader(config.targetStoragePath),
      reservedBytes: () => userAreas?.space.reservedBytes() ?? null,
    },
  ] as const;
  const describeStorages = storages.map(({ name, look, reservedBytes }) => async () => {
    const space = await look();
    return {
      name,
      total_bytes: space?.sizeBytes ?? null,
      free_bytes: space?.freeBytes ?? null,
      reserved_bytes: reservedBytes(),
    };
  });
  return async (hours, viewer) => {
    const [summary, healthNow, ...spaces] = await Promise.all([
      summarize(JSON.stringify([hours, viewer.usernames])).catch((error: unknown) => {
        logger.warn({ err: error }, 'the overview has no numbers of operations');
        return undefined;
      }),
      health(),
      ...describeStorages.map((describe) => describe()),
    ]);
    return { ...describeRecord(summary, hours), storages: spaces, health: healthNow };
  };
}

/** An overview matters most when something is wrong: without a database it still shows the rest. */
function describeRecord(
  summary: RecordSummary | undefined,
  hours: number,
): Pick<Overview, 'since' | 'hours' | 'methods' | 'queue'> {
  if (!summary) {
    return {
      since: new Date(Date.now() - hours * hourMs).toISOString(),
      hours: [],
      methods: [],
      queue: null,
    };
  }
  const { since, ended, durations, queued, executing, oldestQueuedAt } = summary;
  const oldest = oldestQueuedAt && Math.max(0, (Date.now() - oldestQueuedAt.getTime()) / 1000);
  return {
    since: since.toISOString(),
    hours: describeHours(since, ended),
    methods: stagingMethodNames.flatMap((method) =>
      describeMethod(method, ended, durations.get(method) ?? []),
    ),
    queue: { queued, executing, oldest_queued_seconds: oldest },
  };
}

/** Every hour since then, including those without requests. */
function describeHours(since: Date, ended: readonly EndedCount[]): Overview['hours'] {
  const first = Math.floor(since.getTime() / hourMs);
  const last = Math.floor(Date.now() / hourMs);
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const hour = (first + index) * hourMs;
    const counts = ended.filter((count) => count.hour.getTime() === hour);
    return { hour: new Date(hour).toISOString(), ...addUp(counts) };
  });
}

function describeMethod(
  method: StagingMethodName,
  ended: readonly EndedCount[],
  durations: readonly number[],
): Overview['methods'] {
  const counts = ended.filter((count) => count.method === method);
  if (counts.length === 0) return [];
  const sorted = [...durations].sort((a, b) => a - b);
  return [
    { method, ...addUp(counts), median_seconds: percentile(sorted, 50), p90_seconds: percentile(sorted, 90) },
  ];
}

function addUp(counts: readonly EndedCount[]) {
  const total = { completed: 0, error: 0, aborted: 0, bytes: 0 };
  for (const { phase, operations, bytes } of counts) {
    if (phase === 'COMPLETED') {
      total.completed += operations;
      total.bytes += bytes;
    } else if (phase === 'ERROR') total.error += operations;
    else total.aborted += operations;
  }
  return total;
}

/** The smallest of the sorted values that this percentage of them do not exceed (nearest rank). */
function percentile(sorted: readonly number[], percent: number): number | null {
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? null;
}
