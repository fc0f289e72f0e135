import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { Secret } from '../../../shared/config/secret.ts';
import { createOperationMetrics } from '../../../shared/metrics/operationMetrics.ts';
import { createSqliteAdapter } from '../../../shared/record/database/sqlite/sqlite.ts';
import { execute } from '../../../shared/record/database/sqlSession.ts';
import { openRecord } from '../../../shared/record/openRecord.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { elsewhere } from '../../contracts/record/databaseUnderTest.ts';
import { migrationsDirectory, request } from '../../contracts/record/request.ts';

let directory: string;
let url: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'watched-'));
  url = `file:${join(directory, 'staging.db')}`;
});
afterEach(() => rm(directory, { recursive: true }));

interface Watched extends AsyncDisposable {
  readonly record: OperationRecord;
  /** The lines of a metric that are not zero, without the name. */
  counted(metric: string): Promise<string[]>;
}

async function openWatched(worker?: string): Promise<Watched> {
  const registry = new Registry();
  const options = { migrationsDirectory, ...(worker !== undefined && { worker }) };
  const opened = await openRecord(new Secret(url), options);
  opened.observe(createOperationMetrics(registry));
  return {
    record: opened,
    async counted(metric) {
      const lines = (await registry.getSingleMetricAsString(metric)).split('\n');
      return lines
        .filter((line) => !line.startsWith('#') && !line.endsWith(' 0'))
        .map((line) => line.slice(metric.length));
    },
    [Symbol.asyncDispose]: () => opened.close(),
  };
}

const interrupted = '{method="local_copy",class="transient",code="INTERRUPTED"} 1';

test.each(['INTERRUPTED', 'CLIENT_CLOSED'] as const)(
  'an operation that another process has closed is counted there, and not here when it ends with %s',
  async (errorCode) => {
    await using lost = await openWatched(elsewhere);
    await using closer = await openWatched();
    const { id } = await lost.record.create(request);
    await lost.record.claim(id);
    await silence(id);
    const [found] = await closer.record.findInterrupted();
    expect(found?.id).toBe(id);
    if (!found) return;
    expect(await closer.record.closeInterrupted(found)).toBe(true);
    expect(await closer.record.closeInterrupted(found)).toBe(false);
    await waitForNextMillisecond();
    await lost.record.fail(id, { phase: 'ERROR', errorCode, errorReason: 'it came back' });

    expect(await closer.counted('staging_operation_errors_total')).toEqual([interrupted]);
    expect(await lost.counted('staging_operation_errors_total')).toEqual([]);
    expect(await lost.counted('staging_operations_total')).toEqual([]);
    expect(await lost.counted('staging_operations_running')).toEqual([]);
  },
);

test('the result of a new attempt is counted, too', async () => {
  await using watched = await openWatched();
  const { record, counted } = watched;
  const { id } = await record.create(request);
  await record.claim(id);
  const failure = { phase: 'ERROR', errorCode: 'SOURCE_NOT_FOUND', errorReason: 'x' } as const;
  const failed = await record.fail(id, failure);
  await record.retry(failed);
  expect(await record.retry(failed)).toBeUndefined();
  await record.claim(id);
  await record.complete(id, { outcome: 'staged' });
  expect(await counted('staging_operations_total')).toEqual([
    '{method="local_copy",outcome="staged"} 1',
    '{method="local_copy",outcome="failed"} 1',
  ]);
});

test('an operation whose end cannot be recorded no longer counts as running, and the database failure is counted', async () => {
  await using watched = await openWatched();
  const { record, counted } = watched;
  const { id } = await record.create(request);
  await record.claim(id);
  expect(await counted('staging_operations_running')).toEqual(['{method="local_copy"} 1']);
  await change('DROP TABLE staging_operations');
  const failure = { phase: 'ERROR', errorCode: 'INTERNAL', errorReason: 'x' } as const;
  await expect(record.fail(id, failure)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  expect(await counted('staging_operations_running')).toEqual([]);
  expect(await counted('staging_database_unavailable_total')).toEqual([' 1']);
  expect(await counted('staging_operations_total')).toEqual([]);
});

/** As if its worker's lease had expired. */
function silence(id: string): Promise<void> {
  const longAgo = new Date(Date.now() - 120_000);
  return change('UPDATE staging_operations SET heartbeat_at = ? WHERE id = ?', [longAgo, id]);
}

async function change(sql: string, parameters: (string | Date)[] = []): Promise<void> {
  const connection = await createSqliteAdapter(url).connect();
  await execute(connection, sql, parameters);
  await connection.dispose();
}

/** The record stores times to the millisecond. */
async function waitForNextMillisecond(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await new Promise(setImmediate);
}
