import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { theService } from '../../../shared/model/caller.ts';
import { execute } from '../../../shared/record/database/sqlSession.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import {
  type DatabaseUnderTest,
  elsewhere,
  provideDatabase,
  sqlTime,
  type TestConnection,
} from './databaseUnderTest.ts';
import { request } from './request.ts';
import { startWorker } from './workerProcess.ts';

const leaseMs = 60_000;

/** Operations of dead workers are found, and those of living ones are not touched. */
export function testInterrupted(database: DatabaseUnderTest): void {
  const { open, connect, url } = provideDatabase(database);
  let repository: OperationRecord;
  let connection: TestConnection;
  beforeAll(async () => {
    repository = await open();
    connection = await connect();
  });
  beforeEach(() => execute(connection, 'DELETE FROM staging_operations'));

  const findIds = async () => (await repository.findInterrupted()).map((operation) => operation.id);
  const silence = (id: string, silentMs: number) =>
    execute(connection, 'UPDATE staging_operations SET heartbeat_at = ? WHERE id = ?', [
      new Date(Date.now() - silentMs),
      id,
    ]);

  test('an operation of a killed process is found immediately, and not before', async () => {
    const worker = startWorker(url(), 'hold');
    const id = await worker.nextLine();
    expect(await findIds()).toEqual([]);
    worker.process.kill('SIGKILL');
    await worker.ended();
    const [operation] = await repository.findInterrupted();
    expect(operation).toMatchObject({ id, phase: 'EXECUTING' });
    if (!operation) return;
    expect(await repository.closeInterrupted(operation)).toBe(true);
    expect(await repository.find(id, theService)).toMatchObject({ phase: 'ERROR', errorCode: 'INTERRUPTED' });
    expect(await findIds()).toEqual([]);
    expect(await repository.closeInterrupted(operation)).toBe(false);
  });

  test('a worker on another machine counts as dead only when its lease has expired', async () => {
    const other = await open(elsewhere);
    const { id } = await other.create(request);
    await silence(id, leaseMs - 5000);
    expect(await findIds()).toEqual([]);
    await silence(id, leaseMs + 1);
    expect(await findIds()).toEqual([id]);
  });

  test('all operations of a worker are alive while any of them has a recent heartbeat', async () => {
    const other = await open(elsewhere);
    const { id: waiting } = await other.create(request);
    const { id: running } = await other.create(request);
    await other.claim(running);
    await silence(waiting, leaseMs + 1);
    expect(await findIds()).toEqual([]);
    await silence(running, leaseMs + 1);
    const found = await repository.findInterrupted();
    expect(found.map(({ id }) => id)).toEqual([running, waiting]);
    await other.heartbeat(new Map([[running, { bytesDone: 1 }]]));
    for (const operation of found) expect(await repository.closeInterrupted(operation)).toBe(false);
  });

  test('an operation whose worker recovers is not closed', async () => {
    const other = await open(elsewhere);
    const { id } = await other.create(request);
    await silence(id, leaseMs + 1);
    const [operation] = await repository.findInterrupted();
    await other.heartbeat(new Map());
    expect(operation && (await repository.closeInterrupted(operation))).toBe(false);
    expect(await repository.find(id, theService)).toMatchObject({ phase: 'QUEUED' });
  });

  test('an ended operation is not interrupted, even long afterwards', async () => {
    const other = await open(elsewhere);
    const { id } = await other.create(request);
    await other.complete(id, { outcome: 'staged' });
    await silence(id, 10 * leaseMs);
    expect(await findIds()).toEqual([]);
  });

  test('a worker never considers itself dead, even without heartbeats', async () => {
    const { id } = await repository.create(request);
    await silence(id, 10 * leaseMs);
    expect(await findIds()).toEqual([]);
  });

  test('more operations than one page holds are all found, the oldest first', async () => {
    const ids = Array.from(
      { length: 510 },
      (_, number) => `01a20a18-fadf-7357-b1ff-${String(number).padStart(12, '0')}`,
    );
    const time = sqlTime(Date.UTC(2026, 10, 23));
    const rows = ids.map((id) => `('${id}', 'QUEUED', '${elsewhere}', ${time}, ${time})`);
    await execute(
      connection,
      `INSERT INTO staging_operations (id, status, worker, created_at, heartbeat_at) VALUES ${rows.join(',')}`,
    );
    expect(await findIds()).toEqual(ids);
  });
}
