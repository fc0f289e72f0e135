import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { operationSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import type { Did } from '../../services/rucio/rucioCatalogue.ts';
import {
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { inTheMaking } from '../../services/staging/workspaces.ts';
import { makeRucioSite, type RucioSite, sourceOf } from './site.ts';

// The tests play Rucio's transfers, whose daemons do not run: data arrives when a test says so.

describeWith('rucio', 'data that is replicated to this site by rules', (rucio) => {
  let site: RucioSite;
  let service: StagingService;
  const start = async (settings: NodeJS.ProcessEnv = {}) =>
    startStagingService(site.dataDirectory, {
      ...site.settings,
      RUCIO_RULES: 'true',
      CONCURRENCY: '1',
      ...settings,
    });

  beforeAll(async () => {
    site = await makeRucioSite(rucio);
    service = await start();
  }, 60_000);

  afterAll(async () => {
    await service.stop();
    await removeDataDirectory(site.dataDirectory);
  });

  const client = () => clientOf(service.url);
  const target = (...names: string[]) => join(service.userAreas, 'alice', ...names);
  const request = (
    did: Did,
    relative_path: string,
    more = {},
    prefer = 'respond-async',
    method = 'local_copy',
  ) =>
    client().post(
      `/stage_data?method=${method}&username=alice`,
      { did, relative_path, replicate: true, ...more },
      { prefer },
    );
  const bring = async (...asked: Parameters<typeof request>) => {
    const answer = await request(...asked);
    expect(answer.status).toBe(202);
    return operationSchema.parse(JSON.parse(answer.text).operation).id;
  };
  const read = (id: string) => client().operation(id);
  const whenWaiting = (id: string) =>
    waitFor(async () => /^Rucio's rule/.test((await read(id)).waiting_for ?? ''));
  const whenEnded = async (id: string) => {
    await waitFor(async () => !['QUEUED', 'EXECUTING'].includes((await read(id)).phase));
    return read(id);
  };
  const whenRuleEnds = (did: Did) =>
    waitFor(async () => {
      const [rule] = await site.rulesFor(did);
      return rule !== undefined && secondsLeft(rule) <= 3600;
    });

  test('a file of another site is replicated and then staged; meanwhile it takes no slot, and survives restarts', async () => {
    const far = await site.registerFar('brought.fits', 'brought');
    const id = await bring(far, 'brought.fits', { lifetime: 86_400 });
    await whenWaiting(id);
    const waiting = await read(id);
    expect(waiting).toMatchObject({ phase: 'QUEUED', attempts: 0, started_at: null });
    expect(waiting.waiting_for).toContain('is REPLICATING: 0 of 1 files are here');
    const [rule, ...others] = await site.rulesFor(far);
    expect(others).toEqual([]);
    expect(rule).toMatchObject({ state: 'REPLICATING', rse_expression: site.rse });
    expect(secondsLeft(rule)).toBeGreaterThan(86_000);
    expect(secondsLeft(rule)).toBeLessThan(86_500);

    const near = await site.addFile('meanwhile.fits', 'near');
    expect((await client().stage('local_copy', sourceOf(near), 'meanwhile.fits')).status).toBe(200);
    expect(await service.stop()).toBe(0);
    expect(await readFile(target('meanwhile.fits'), 'utf8')).toBe('near');
    service = await start();
    await whenWaiting(id);

    await site.arrive(far, 'brought');
    expect(await whenEnded(id)).toMatchObject({ phase: 'COMPLETED', attempts: 1, waiting_for: null });
    expect(await readFile(target('brought.fits'), 'utf8')).toBe('brought');
    // It keeps the data here for its own lifetime.
    expect(secondsLeft((await site.rulesFor(far))[0])).toBeGreaterThan(80_000);
  });

  test('a client waits for it as for any operation; without a lifetime the rule ends with the copy', async () => {
    const far = await site.registerFar('awaited.fits');
    const answer = request(far, 'awaited.fits', {}, 'wait=50');
    await waitFor(async () => (await site.rulesFor(far)).length === 1);
    await site.arrive(far);
    expect((await answer).staged().operation).toMatchObject({ phase: 'COMPLETED', outcome: 'staged' });
    await whenRuleEnds(far);
  });

  test('data at this site needs no rule', async () => {
    const near = await site.addFile('near.fits', 'near');
    expect((await request(near, 'near.fits', {}, 'wait=50')).staged().operation.phase).toBe('COMPLETED');
    expect(await site.rulesFor(near)).toEqual([]);
  });

  test('a dataset that is partly at this site is replicated as a whole, and staged when it is complete', async () => {
    const near = await site.addFile('set/near.fits', 'near');
    const far = [await site.registerFar('set/one.fits'), await site.registerFar('set/two.fits')];
    const dataset = { scope: site.scope, name: 'set' };
    await site.catalogue.addCollection('DATASET', dataset, [near, ...far]);
    const id = await bring(dataset, 'whole');
    await whenWaiting(id);
    expect((await read(id)).waiting_for).toContain('1 of 3 files are here');
    for (const did of far) await site.arrive(did);
    expect(await whenEnded(id)).toMatchObject({ phase: 'COMPLETED', files_done: 3 });
    expect(await readFile(target('whole', 'set', 'two.fits'), 'utf8')).toBe('abc');
  });

  test("a stuck rule ends the operation with Rucio's own reason, and a retry waits again", async () => {
    const far = await site.registerFar('stuck.fits');
    const id = await bring(far, 'stuck.fits');
    await whenWaiting(id);
    await site.failToArrive(far, 'the disk of the far site burns');
    const ended = await whenEnded(id);
    expect(ended).toMatchObject({ phase: 'ERROR', error_code: 'RULE_STUCK', retryable: true });
    expect(ended.error_reason).toContain('is STUCK: the disk of the far site burns');
    await whenRuleEnds(far);
    await site.arrive(far);
    expect((await client().post(`/operations/${id}/retry`, {})).status).toBe(202);
    expect((await whenEnded(id)).phase).toBe('COMPLETED');
  });

  test('a waiting operation can be aborted; the rule ends when no other operation needs it', async () => {
    const far = await site.registerFar('aborted.fits');
    const [id, other] = [await bring(far, 'aborted.fits'), await bring(far, 'kept.fits')];
    await whenWaiting(id);
    await whenWaiting(other);
    const abort = await fetch(`${service.url}/operations/${id}`, { method: 'DELETE' });
    expect(abort.status).toBe(200);
    expect((await read(id)).phase).toBe('ABORTED');
    expect((await site.rulesFor(far)).map(({ expires_at }) => expires_at)).toEqual([null]);
    await fetch(`${service.url}/operations/${other}`, { method: 'DELETE' });
    await whenRuleEnds(far);
    expect(await inTheMaking(service.userAreas)).toEqual([]);
  });

  test('items of a batch are replicated, too', async () => {
    const far = await site.registerFar('item.fits');
    const items = [{ did: far, relative_path: 'item.fits', replicate: true }];
    const batch = await client().post('/batches?method=local_copy&username=alice', { items });
    expect(batch.status).toBe(202);
    const at = new URL(batch.headers.get('location') ?? '', service.url).pathname;
    const detail = async () => JSON.parse((await client().get(at)).text);
    await waitFor(async () => (await detail()).operations[0].waiting_for !== null);
    await site.arrive(far);
    await waitFor(async () => (await detail()).phase === 'COMPLETED');
  });

  test('a batch that is published as a whole does not wait', async () => {
    const far = await site.registerFar('whole-item.fits');
    const items = [{ did: far, relative_path: 'all/item.fits', replicate: true }];
    const body = { items, relative_path: 'all', all_or_nothing: true };
    const refused = await client().post('/batches?method=local_copy&username=alice', body);
    expect(refused.problem().code).toBe('BATCH_UNSUPPORTED');
  });

  test('a name that Rucio does not know, or a refused rule, fails immediately', async () => {
    const unknown = await request({ scope: site.scope, name: 'unknown' }, 'unknown', {}, 'wait=50');
    expect(unknown.problem().code).toBe('DID_NOT_FOUND');
    const far = await site.registerFar('refused.fits');
    await site.catalogue.setQuota(site.rse, 1);
    try {
      const refused = (await request(far, 'refused.fits', {}, 'wait=50')).problem();
      expect(refused).toMatchObject({ code: 'RULE_REFUSED', status: 409 });
    } finally {
      await site.catalogue.setQuota(site.rse, -1);
    }
    await expect(lstat(target('refused.fits'))).rejects.toThrow('ENOENT');
  });

  test('rules are refused if the site has not enabled them, and for paths', async () => {
    const path = await client().post('/stage/local?username=alice', {
      local_path_on_storage: 'a.txt',
      relative_path: 'a.txt',
      replicate: true,
    });
    expect(path.problem()).toMatchObject({ code: 'RULES_NOT_OFFERED', status: 422 });
    const far = await site.registerFar('unruled.fits');
    const other = await start({ RUCIO_RULES: 'false' });
    try {
      const body = { did: far, relative_path: 'unruled.fits', replicate: true };
      const refused = (await clientOf(other.url).post('/stage/local?username=alice', body)).problem();
      expect(refused).toMatchObject({ code: 'RULES_NOT_OFFERED', status: 422 });
      expect(refused.detail).toContain('RUCIO_RULES');
    } finally {
      await other.stop();
    }
    expect(await site.rulesFor(far)).toEqual([]);
  });
});

function secondsLeft(rule: { readonly expires_at: string | null } | undefined): number {
  return rule?.expires_at ? (Date.parse(rule.expires_at) - Date.now()) / 1000 : Number.POSITIVE_INFINITY;
}
