import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Database from 'libsql';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

const content = randomBytes(512 * 1024);
/** The service holds back its last chunk. */
const lastChunk = 32 * 1024;

describe('a download while the database cannot be written', () => {
  let directory: string;
  let service: StagingService;
  let database: Database.Database;
  beforeAll(async () => {
    directory = await makeDataDirectory();
    service = await startStagingService(directory);
    database = new Database(join(directory, 'staging.db'));
    // It waits for its turn, as the service does.
    database.exec('PRAGMA busy_timeout = 10000');
    await writeFile(join(service.sourceStorage, 'large'), content);
    await writeFile(join(service.sourceStorage, 'small'), 'abc');
  });
  afterAll(async () => {
    database.close();
    await service.stop();
    await removeDataDirectory(directory);
  });
  const recordsOf = (username: string) => clientOf(service.url).operations(`&username=${username}`);

  test('sends bytes immediately, and the last ones when it is recorded', async () => {
    database.exec('BEGIN IMMEDIATE');
    const answer = await fetch(`${service.url}/download/large?username=alice`);
    const chunks: Uint8Array[] = [];
    const received = () => chunks.reduce((bytes, { length }) => bytes + length, 0);
    if (!answer.body) throw new Error('A download has a body');
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      if (received() === content.length - lastChunk) {
        expect(await recordsOf('alice')).toEqual([]);
        database.exec('ROLLBACK');
      }
    }
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    // The end is recorded when the client has everything.
    await waitFor(async () => (await recordsOf('alice')).every(({ phase }) => phase === 'COMPLETED'));
    expect(await recordsOf('alice')).toMatchObject([{ bytes_done: content.length }]);
  });

  test('is never whole if it cannot be recorded', async () => {
    database.exec('BEGIN IMMEDIATE');
    try {
      const [large, small] = await Promise.all([
        fetch(`${service.url}/download/large?username=bob`)
          .then((answer) => answer.arrayBuffer())
          .catch(String),
        clientOf(service.url).get('/download/small?username=bob'),
      ]);
      expect(large).toMatch(/terminated|aborted|closed/);
      expect(small.problem()).toMatchObject({ status: 503, code: 'DATABASE_UNAVAILABLE' });
    } finally {
      database.exec('ROLLBACK');
    }
    expect(await recordsOf('bob')).toEqual([]);
  });
});
