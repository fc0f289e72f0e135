import { beforeAll, expect, test } from '@jest/globals';
import { theService } from '../../../shared/model/caller.ts';
import type { EndedCount } from '../../../shared/model/operations/lists.ts';
import { execute } from '../../../shared/record/database/sqlSession.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { type DatabaseUnderTest, provideDatabase, sqlTime } from './databaseUnderTest.ts';
import { request } from './request.ts';

/** The results of operations, in numbers. */
export function testSummary(database: DatabaseUnderTest): void {
  const { open, connect } = provideDatabase(database);
  let repository: OperationRecord;
  const begin = new Date();
  beforeAll(async () => {
    repository = await open();
  });

  const counts = (ended: readonly EndedCount[]) =>
    ended
      .map(({ method, phase, operations, bytes }) => [method, phase, operations, bytes])
      .sort((a, b) => (String(a) < String(b) ? -1 : 1));

  test('an empty record has an empty summary', async () => {
    const summary = await repository.summarize(begin, theService);
    expect(summary).toMatchObject({ since: begin, ended: [], queued: 0, executing: 0, oldestQueuedAt: null });
  });

  test('ended operations are counted by hour, method and phase, and queued ones separately', async () => {
    const create = (method: string) => repository.create({ ...request, method });
    for (const bytesDone of [2 ** 40, 5]) {
      const { id } = await create('local_copy');
      await repository.claim(id);
      await repository.complete(id, { outcome: 'staged', bytesDone });
    }
    const failure = { errorCode: 'NO_SPACE', errorReason: 'full' } as const;
    await repository.fail((await create('local_copy')).id, { phase: 'ERROR', ...failure });
    await repository.fail((await create('jupyter_copy')).id, { phase: 'ABORTED', ...failure });
    await repository.fail((await create('teleport')).id, { phase: 'ERROR', ...failure });
    await repository.fail((await create('beam')).id, { phase: 'ERROR', ...failure });
    const waiting = await create('local_copy');
    await create('local_copy');
    await repository.claim((await create('symlink_copy')).id);

    const { since, ended, durations, ...queue } = await repository.summarize(begin, theService);
    expect(since).toEqual(begin);
    expect(counts(ended)).toEqual([
      [null, 'ERROR', 2, 0],
      ['jupyter_copy', 'ABORTED', 1, 0],
      ['local_copy', 'COMPLETED', 2, 2 ** 40 + 5],
      ['local_copy', 'ERROR', 1, 0],
    ]);
    const hours = [begin, new Date()].map((time) => Math.floor(time.getTime() / 3_600_000) * 3_600_000);
    for (const { hour } of ended) expect(hours).toContain(hour.getTime());
    expect(durations.get('local_copy')).toHaveLength(2);
    expect(durations.get('jupyter_copy')).toEqual([]);
    expect(queue).toEqual({ queued: 2, executing: 1, oldestQueuedAt: waiting.createdAt });
    expect((await repository.summarize(new Date(Date.now() + 1000), theService)).ended).toEqual([]);
  });

  test('the newest 50,000 of a long history are counted, and the summary says since when', async () => {
    const connection = await connect();
    const at = 0xff0000000000;
    for (let thousand = 0; thousand < 51; thousand += 1) {
      const rows = Array.from({ length: 1000 }, (_, index) => {
        const hex = (at + thousand * 1000 + index).toString(16);
        const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
        return `('${id}', 'COMPLETED', 'local_copy', ${sqlTime(Date.UTC(2026, 10, 23))})`;
      });
      const columns = '(id, status, method, created_at)';
      await execute(connection, `INSERT INTO staging_operations ${columns} VALUES ${rows.join(',')}`);
    }
    const { since, ended } = await repository.summarize(begin, theService);
    expect(since).toEqual(new Date(at + 1000));
    expect(counts(ended)).toEqual([['local_copy', 'COMPLETED', 50_000, 0]]);
  }, 60_000);
}
