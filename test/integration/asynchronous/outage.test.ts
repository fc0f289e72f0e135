import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { acceptedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createDatabase } from '../../services/mariadb.ts';
import { makeSlowFile, slowCopies } from '../../services/staging/slowCopies.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { startTcpProxy } from '../record/tcpProxy.ts';

/** How long the first copy takes: it must not end before the database is down, and then it cannot be recorded. */
const secondsToCut = 6;

describeWith('mariadb', 'while the database is unavailable', (mariadb) => {
  test('operations that run or get a slot wait for it, and are not lost', async () => {
    const proxy = await startTcpProxy(mariadb.port);
    const url = new URL(await createDatabase(mariadb));
    url.port = String(proxy.port);
    const directory = await makeDataDirectory();
    const service = await startStagingService(directory, {
      ...slowCopies,
      CONCURRENCY: '1',
      DATABASE_URL: url.href,
    });
    try {
      await writeFile(join(service.sourceStorage, 'small'), 'small');
      await makeSlowFile(join(service.sourceStorage, 'large'), secondsToCut);
      const begin = async (username: string, name: string) => {
        const body = { local_path_on_storage: name, relative_path: name };
        const path = `/stage/local?username=${username}`;
        const answer = await clientOf(service.url).post(path, body, { prefer: 'respond-async' });
        return acceptedAnswerSchema.parse(JSON.parse(answer.text)).operation.id;
      };
      const ids = [await begin('ann', 'large'), await begin('bob', 'small'), await begin('cid', 'small')];
      await proxy.cut();
      // The running one has published its copy, which cannot be recorded.
      await waitFor(async () => service.output().includes('retrying until it does'));
      await proxy.mend();
      for (const id of ids) {
        await waitFor(async () => {
          const { status, text } = await clientOf(service.url).get(`/operations/${id}`);
          return status === 200 && JSON.parse(text).phase === 'COMPLETED';
        });
      }
      expect(service.process.exitCode).toBeNull();
    } finally {
      await service.kill();
      await proxy.mend();
      await removeDataDirectory(directory);
      await proxy.cut();
    }
  });
});
