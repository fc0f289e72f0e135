import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { acceptedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { addUser, createUserToken } from '../../services/jupyterhub/jupyterhubUsers.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../../services/staging/faultProxy.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

/** A service whose hub is behind a proxy that fails the first requests about a user. */
function serviceBehindProxy(hub: { readonly url: string; readonly apiToken: string }) {
  let directory: string;
  let proxy: FaultProxy;
  let service: StagingService;
  let seenBefore = 0;
  let harm: { readonly fault: Fault; times: number } = { fault: 'none', times: 0 };
  beforeAll(async () => {
    directory = await makeDataDirectory();
    await writeFile(join(directory, 'source_storage', 'a'), 'a');
    proxy = await startFaultProxy(hub.url, ({ path }) => {
      if (!/^\/hub\/api\/users\/[^/]+$/.test(path) || harm.times === 0) return 'none';
      harm.times -= 1;
      return harm.fault;
    });
    service = await startStagingService(directory, {
      JUPYTERHUB_URL: proxy.url,
      JUPYTERHUB_API_TOKEN: hub.apiToken,
    });
  });
  afterAll(async () => {
    await service.stop();
    await proxy[Symbol.asyncDispose]();
    await removeDataDirectory(directory);
  });
  return {
    client: () => clientOf(service.url),
    output: () => service.output(),
    /** How often the hub was queried since the failures began. */
    asked: () => proxy.seen.length - seenBefore,
    harm(fault: Fault, times: number) {
      harm = { fault, times };
      seenBefore = proxy.seen.length;
    },
    stage(target: string, query = 'username=rosa', headers = {}) {
      const body = { local_path_on_storage: 'a', relative_path: target };
      return clientOf(service.url).post(`/stage/jupyter?${query}`, body, headers);
    },
    async retry(id: string) {
      return (await fetch(`${service.url}/operations/${id}/retry`, { method: 'POST' })).status;
    },
    async abort(id: string) {
      return (await fetch(`${service.url}/operations/${id}`, { method: 'DELETE' })).status;
    },
  };
}

describe('a hub that is down', () => {
  const { harm, stage, asked, client, abort } = serviceBehindProxy({
    url: 'http://127.0.0.1:9',
    apiToken: 'token',
  });

  test('is retried a few times and then reported, while a client waits', async () => {
    harm('refuse', 99);
    const answer = await stage('a');
    expect(answer.problem()).toMatchObject({ status: 502, code: 'JUPYTER_UNREACHABLE', class: 'transient' });
    expect(asked()).toBeGreaterThan(1);
    expect(asked()).toBeLessThanOrEqual(4);
    const operation = await client().operation(answer.problem().operation_id ?? '');
    expect(operation).toMatchObject({ attempts: 1, error_class: 'transient', retryable: true });
  });

  test('is not awaited by an aborted operation', async () => {
    harm('refuse', 99);
    const answer = await stage('b', 'username=rosa', { prefer: 'respond-async' });
    const { id } = acceptedAnswerSchema.parse(JSON.parse(answer.text)).operation;
    await waitFor(async () => asked() > 0);
    expect(await abort(id)).toBe(200);
    expect(await client().operation(id)).toMatchObject({ phase: 'ABORTED' });
  });
});

describeWith('jupyterhub-debian', 'a hub that fails temporarily', (hub) => {
  const { harm, stage, client, output, retry } = serviceBehindProxy(hub);
  beforeAll(() => addUser(hub, 'rosa'));

  test.each(['refuse', 'loseAnswer', 'cutAnswer'] as const)(
    'by %s does not fail an operation',
    async (fault) => {
      harm(fault, 1);
      const answer = await stage(`passing/${fault}`);
      expect(answer.staged().operation).toMatchObject({ outcome: 'staged', attempts: 1, bytes_done: 1 });
      expect(output()).toContain('retrying: JupyterHub cannot be reached');
    },
    60_000,
  );

  test("an upload with the caller's token is not retried with the service's", async () => {
    const token = await createUserToken(hub, 'rosa');
    harm('refuse', 99);
    const failed = await stage('later', `username=rosa&jupyter_token=${token}`);
    const id = failed.problem().operation_id ?? '';
    harm('none', 0);
    expect(await retry(id)).toBe(409);
    expect(await client().operation(id)).toMatchObject({ phase: 'ERROR', retryable: false });
    expect(output()).not.toContain(token);
  }, 60_000);
});
