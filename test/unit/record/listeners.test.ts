import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createOperationsRouter } from '../../../functions/operations/app.ts';
import { parseConfig } from '../../../shared/config/config.ts';
import { Secret } from '../../../shared/config/secret.ts';
import { streamedTransport } from '../../../shared/http/answers/transport.ts';
import { createApp } from '../../../shared/http/app.ts';
import { operationSchema } from '../../../shared/http/contract/answers/operations.ts';
import { listeningUrls } from '../../../shared/http/publicUrls.ts';
import { createIdentity } from '../../../shared/identity/createIdentity.ts';
import { PrismaClient } from '../../../shared/record/database/generated/sqlite/client.ts';
import { createSqliteAdapter } from '../../../shared/record/database/sqlite/sqlite.ts';
import { execute } from '../../../shared/record/database/sqlSession.ts';
import { databaseOf } from '../../../shared/record/database/tables.ts';
import { createOperationRecord, openRecord } from '../../../shared/record/openRecord.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { createOperationWatch } from '../../../shared/record/operationWatch.ts';
import { type HeardEvent, listen } from '../../contracts/eventClient.ts';
import { elsewhere } from '../../contracts/record/databaseUnderTest.ts';
import { recordQueries } from '../../contracts/record/recordQueries.ts';
import { migrationsDirectory, request } from '../../contracts/record/request.ts';
import { waitFor } from '../../contracts/waitFor.ts';

const failure = { phase: 'ERROR', errorCode: 'INTERNAL', errorReason: 'no' } as const;

let directory: string;
/** Another worker runs the operations; its own queries do not count. */
let owner: OperationRecord;
let url: string;
let databaseUrl: string;
let close: () => Promise<void>;
const queries: string[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'listeners-'));
  databaseUrl = `file:${join(directory, 'staging.db')}`;
  owner = await openRecord(new Secret(databaseUrl), { migrationsDirectory, worker: elsewhere });
  const adapter = recordQueries(createSqliteAdapter(databaseUrl), ({ sql }) => queries.push(sql));
  const operations = createOperationRecord(
    databaseOf(async () => new PrismaClient({ adapter })),
    'onlooker/00000000-1/1/1',
  );
  const logger = pino({ level: 'silent' });
  const closers: (() => Promise<void>)[] = [() => operations.close()];
  const atShutDown = (closer: () => Promise<void>) => void closers.push(closer);
  const operationWatch = createOperationWatch(operations, logger);
  const config = parseConfig({ DATA_DIR: directory });
  const needed = { config, logger, operations, operationWatch, atShutDown };
  const router = createOperationsRouter(needed, streamedTransport);
  const identity = await createIdentity({ config, logger, record: operations });
  const services = { config, logger, identity, isShuttingDown: () => false };
  const app = createApp(services, [router], listeningUrls('127.0.0.1'));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  close = async () => {
    for (const closer of closers.toReversed()) await closer();
    server.closeAllConnections();
    server.close();
    await owner.close();
  };
});
afterAll(async () => {
  await close();
  await rm(directory, { recursive: true });
});

const phaseOf = ({ data }: HeardEvent) => operationSchema.parse(data).phase;
/** Listens to the end, and records the phases. */
async function hear({ next }: Awaited<ReturnType<typeof listen>>, phases: string[]): Promise<void> {
  for (let event = await next(); event; event = await next()) phases.push(phaseOf(event));
}

test.each([1, 200])(
  '%i listeners to an operation of another process cost one query at the start, and one a second',
  async (count) => {
    const { id } = await owner.create(request);
    queries.length = 0;
    const begin = Date.now();
    const listening = await Promise.all(
      Array.from({ length: count }, () => listen(`${url}/operations/${id}/events`)),
    );
    const heard = listening.map((): string[] => []);
    const ended = Promise.all(listening.map((one, index) => hear(one, heard[index] ?? [])));
    await owner.claim(id);
    await waitFor(async () => heard.every((phases) => phases.includes('EXECUTING')));
    await owner.fail(id, failure);
    await ended;
    for (const phases of heard) expect(phases).toEqual(['QUEUED', 'EXECUTING', 'ERROR']);
    expect(queries.length).toBeLessThanOrEqual(1 + Math.ceil((Date.now() - begin) / 990));
  },
);

test('one poll serves all listeners to all operations', async () => {
  const listening = await Promise.all(Array.from({ length: 50 }, () => listen(`${url}/operations/events`)));
  // The positions to continue from.
  for (const { next } of listening) expect(await next()).toMatchObject({ data: undefined });
  queries.length = 0;
  const begin = Date.now();
  const { id } = await owner.create(request);
  for (const { next } of listening) expect(await next()).toMatchObject({ data: { id, phase: 'QUEUED' } });
  // One query for changes, and one for the changed rows.
  expect(queries.length).toBeLessThanOrEqual(2 * Math.ceil((Date.now() - begin) / 990));
  await Promise.all(listening.map(({ leave }) => leave()));
});

test('a client that disconnects during a long replay gets the rest when it reconnects', async () => {
  const begin = Date.now() - 3_600_000;
  const rows = Array.from({ length: 1500 }, (_, index) => {
    const id = `01a209e7-8b77-7024-8304-${index.toString(16).padStart(12, '0')}`;
    // One a second, so that it reaches further back than the assumed clock skew.
    const time = begin + index * 1000;
    return `('${id}', 'COMPLETED', 'past', ${time}, ${time}, 1)`;
  });
  const connection = await createSqliteAdapter(databaseUrl).connect();
  await execute(
    connection,
    `INSERT INTO staging_operations (id, status, username, created_at, updated_at, revision) VALUES ${rows.join(',')}`,
  );
  await connection.dispose();
  const heard = new Set<string>();
  let place: string | undefined = String(begin);
  while (heard.size < rows.length) {
    const listening = await listen(`${url}/operations/events?username=past`, place);
    for (let count = 0; count < 700 && heard.size < rows.length; ) {
      // A client that reads too slowly is disconnected, and reconnects, too.
      const event = await listening.next().catch(() => undefined);
      if (!event) break;
      place = event.id ?? place;
      if (event.data === undefined) continue;
      heard.add(operationSchema.parse(event.data).id);
      count += 1;
    }
    await listening.leave();
  }
});

test('disconnected clients are forgotten, and the database is not polled any more', async () => {
  const { id } = await owner.create(request);
  for (const path of [`/operations/${id}/events`, '/operations/events']) {
    const listening = await listen(url + path);
    await listening.next();
    await listening.leave();
  }
  // Longer than the poll interval of a watch.
  for (let before = -1; before !== queries.length; ) {
    before = queries.length;
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
});
