import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { type Did, deterministicPath } from '../../services/rucio/rucioCatalogue.ts';
import {
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { makeRucioSite, type RucioSite, sourceOf } from './site.ts';

describeWith('rucio', 'replicas that links lead to are protected by rules', (rucio) => {
  let site: RucioSite;
  let service: StagingService;

  beforeAll(async () => {
    site = await makeRucioSite(rucio);
    const settings = { ...site.settings, RUCIO_PIN: 'true', LINK_MODE: 'symbolic' };
    service = await startStagingService(site.dataDirectory, settings);
  }, 60_000);

  afterAll(async () => {
    await service.stop();
    await removeDataDirectory(site.dataDirectory);
  });

  const client = () => clientOf(service.url);
  const link = async (did: Did, relative_path: string, more = {}) => {
    const body = { did, relative_path, ...more };
    return (await client().post('/stage/symlink?username=alice', body)).staged().operation;
  };
  const remove = async (id: string) => {
    const answer = await fetch(`${service.url}/operations/${id}/data`, { method: 'DELETE' });
    expect(answer.status).toBe(200);
  };
  /** How long the rule for a name stays, in seconds; undefined if there is no rule. */
  const secondsOfRule = async (did: Did) => {
    const [rule] = await site.rulesFor(did);
    if (!rule) return undefined;
    expect(rule).toMatchObject({ state: 'OK', rse_expression: site.rse });
    return rule.expires_at === null
      ? Number.POSITIVE_INFINITY
      : (Date.parse(rule.expires_at) - Date.now()) / 1000;
  };
  const whenRuleEnds = (did: Did) =>
    waitFor(async () => ((await secondsOfRule(did)) ?? Number.POSITIVE_INFINITY) <= 3600);

  test('a link has a rule until it is removed', async () => {
    const did = await site.addFile('pinned.fits', 'pinned');
    const { id } = await link(did, 'pinned.fits');
    expect(await secondsOfRule(did)).toBe(Number.POSITIVE_INFINITY);
    const at = await readlink(join(service.userAreas, 'alice', 'pinned.fits'));
    expect(at).toBe(join(site.folder, deterministicPath(did)));
    await remove(id);
    await whenRuleEnds(did);
  });

  test('with a lifetime the rule expires after the link', async () => {
    const did = await site.addFile('timed.fits', 'timed');
    await link(did, 'timed.fits', { lifetime: 86_400 });
    const seconds = await secondsOfRule(did);
    expect(seconds).toBeGreaterThan(86_400);
    expect(seconds).toBeLessThan(86_400 + 3700);
    await link(did, 'longer.fits', { lifetime: 2 * 86_400 });
    expect(await secondsOfRule(did)).toBeGreaterThan(2 * 86_400);
    await link(did, 'ever.fits');
    expect(await secondsOfRule(did)).toBe(Number.POSITIVE_INFINITY);
  });

  test('a dataset has one rule, which ends with the last of its links', async () => {
    const files = [await site.addFile('set/a.fits', 'a'), await site.addFile('set/b.fits', 'b')];
    const dataset = { scope: site.scope, name: 'set' };
    await site.catalogue.addCollection('DATASET', dataset, files);
    const [one, two] = [await link(dataset, 'one'), await link(dataset, 'two')];
    expect(await site.rulesFor(dataset)).toHaveLength(1);
    await remove(one.id);
    expect(await secondsOfRule(dataset)).toBe(Number.POSITIVE_INFINITY);
    await remove(two.id);
    await whenRuleEnds(dataset);
  });

  test('an all-or-nothing batch of links that are listed one by one is refused', async () => {
    const items = [{ did: await site.addFile('listed.fits', 'listed'), relative_path: 'all/listed.fits' }];
    const body = { items, relative_path: 'all', all_or_nothing: true };
    const refused = await client().post('/batches?method=symlink_copy&username=alice', body);
    expect(refused.problem().code).toBe('BATCH_UNSUPPORTED');
  });

  test('copies have no rule', async () => {
    const did = await site.addFile('copied.fits', 'copied');
    expect((await client().stage('local_copy', sourceOf(did), 'copied.fits')).status).toBe(200);
    expect(await secondsOfRule(did)).toBeUndefined();
  });

  test("an existing rule of the service's account is used, and never ended", async () => {
    const did = await site.addFile('theirs.fits', 'theirs');
    const rule = { dids: [did], account: 'root', copies: 1, rse_expression: site.rse, lifetime: 7200 };
    await site.catalogue.call('POST', '/rules/', rule);
    const { id } = await link(did, 'theirs.fits');
    expect(await secondsOfRule(did)).toBe(Number.POSITIVE_INFINITY);
    const ours = await site.addFile('ours.fits', 'ours');
    const { id: last } = await link(ours, 'ours.fits');
    await remove(id);
    await remove(last);
    await whenRuleEnds(ours);
    expect(await secondsOfRule(did)).toBe(Number.POSITIVE_INFINITY);
  });

  test('if Rucio refuses the rule, no link is made', async () => {
    const did = await site.addFile('unpinned.fits', 'unpinned');
    await site.catalogue.setQuota(site.rse, 1);
    try {
      const answer = await client().stage('symlink_copy', sourceOf(did), 'unpinned.fits');
      expect(answer.problem()).toMatchObject({ code: 'RULE_REFUSED', status: 409 });
    } finally {
      await site.catalogue.setQuota(site.rse, -1);
    }
    await expect(readlink(join(service.userAreas, 'alice', 'unpinned.fits'))).rejects.toThrow('ENOENT');
  });
});
