import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Database from 'libsql';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { makeSlowFile, slowCopies } from '../../services/staging/slowCopies.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

describe('an operation that ends while the database cannot be written', () => {
  let directory: string;
  let service: StagingService;
  let database: Database.Database;
  beforeAll(async () => {
    directory = await makeDataDirectory();
    service = await startStagingService(directory, slowCopies);
    database = new Database(join(directory, 'staging.db'));
    // It waits for its turn, as the service does.
    database.exec('PRAGMA busy_timeout = 10000');
  });
  afterAll(async () => {
    database.close();
    await service.stop();
    await removeDataDirectory(directory);
  });

  test.each([
    ['COMPLETED', async () => undefined],
    ['ERROR', (source: string) => truncate(source, 1)],
  ] as const)('is recorded as %s later, and its client is answered before', async (phase, disturb) => {
    const { stage, operations } = clientOf(service.url);
    const source = join(service.sourceStorage, phase);
    await makeSlowFile(source, 5);
    const answered = stage('local_copy', phase, 'data', phase);
    const operationNow = async () => (await operations(`&username=${phase}`))[0];
    const phaseNow = async () => (await operationNow())?.phase;
    // Its source has then been opened: one that is cut before is copied as it is.
    await waitFor(async () => Number((await operationNow())?.bytes_done) > 0);
    database.exec('BEGIN IMMEDIATE');
    await disturb(source);
    expect((await answered).problem()).toMatchObject({ status: 503, code: 'DATABASE_UNAVAILABLE' });
    expect(await phaseNow()).toBe('EXECUTING');
    database.exec('ROLLBACK');
    await waitFor(async () => (await phaseNow()) === phase);
  });
});
