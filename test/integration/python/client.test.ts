import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from '@jest/globals';
import { tokenHash, tokenPrefix } from '../../../shared/identity/ownTokens.ts';
import { describeWith } from '../../services/describeWith.ts';
import { installClient, runInPackage } from '../../services/staging/pythonClient.ts';
import { makeSlowFile, slowCopies, untilAborted } from '../../services/staging/slowCopies.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

const token = `${tokenPrefix}${'a'.repeat(43)}`;

describeWith('python-client', 'the Python package', (client) => {
  let directory: string;
  let installed: string;
  let service: StagingService;
  beforeAll(async () => {
    directory = await makeDataDirectory();
    installed = join(directory, 'installed');
    const tokens = join(directory, 'tokens');
    const owner = { name: 'ann', user: 'ann', roles: ['user'], projects: [], expires_at: null };
    await writeFile(tokens, `${JSON.stringify({ ...owner, sha256: tokenHash(token) })}\n`);
    service = await startStagingService(directory, {
      ...slowCopies,
      AUTH_MODE: 'tokens',
      AUTH_TOKENS_FILE: tokens,
      NOTEBOOK_PATH: join(directory, 'user_areas', '{username}'),
    });
    await makeSlowFile(join(service.sourceStorage, 'endless'), untilAborted);
    await installClient(client, installed);
  });
  afterAll(async () => {
    await service.kill();
    await removeDataDirectory(directory);
  });

  test.each([
    ['staging', 'test_staging.py'],
    ['downloads and lists', 'test_downloading.py'],
    ['the token', 'test_token.py'],
    ['the command', 'test_command.py'],
  ])('is installed from the repository, and passes the tests of %s', async (_what, file) => {
    await runInPackage(client, ['pytest', '-q', '-p', 'no:cacheprovider', `tests/${file}`], {
      PYTHONPATH: installed,
      SKA_STAGING_URL: service.url,
      SKA_STAGING_TOKEN: token,
      TEST_SOURCE_STORAGE: service.sourceStorage,
      TEST_USER_AREA: join(service.userAreas, 'ann'),
      TEST_SLOW_SOURCE: 'endless',
    });
  });

  test('has no type errors', async () => {
    const cache = join(directory, 'mypy');
    await runInPackage(client, ['mypy', '--cache-dir', cache, '--python-version', '3.10', 'src', 'tests']);
  });
});
