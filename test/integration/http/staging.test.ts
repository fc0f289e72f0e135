import { afterAll, beforeAll, describe } from '@jest/globals';
import { corsContract, corsEnvironment } from '../../contracts/cors.ts';
import { downloadContract } from '../../contracts/download.ts';
import { hostileContract } from '../../contracts/hostile.ts';
import { siteContract } from '../../contracts/site.ts';
import { stagingContract } from '../../contracts/staging.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createDatabase } from '../../services/mariadb.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/stagingService.ts';

/** Everything that the API promises, with this environment. */
function suites(environment: () => Promise<NodeJS.ProcessEnv>): void {
  let directory: string;
  let service: StagingService;
  beforeAll(async () => {
    directory = await makeDataDirectory();
    service = await startStagingService(directory, { ...corsEnvironment, ...(await environment()) });
  });
  afterAll(async () => {
    await service.stop();
    await removeDataDirectory(directory);
  });
  describe('staging', () => stagingContract(() => service));
  describe('downloads', () => downloadContract(() => service));
  describe('hostile requests', () => hostileContract(() => service));
  describe('the rest of the API', () => siteContract(() => service));
  describe('pages of other origins', () => corsContract(() => service));
}

describe('the service on SQLite', () => suites(async () => ({})));

describeWith('mariadb', 'the service on MariaDB', (mariaDb) =>
  suites(async () => ({ DATABASE_URL: await createDatabase(mariaDb) })),
);
