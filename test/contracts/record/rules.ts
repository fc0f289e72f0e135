import { beforeAll, expect, test } from '@jest/globals';
import { theService } from '../../../shared/model/caller.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { type DatabaseUnderTest, elsewhere, provideDatabase } from './databaseUnderTest.ts';
import { aborted, request } from './request.ts';

/** Operations that wait for something other than a slot, and the rules at Rucio that operations need. */
export function testRules(database: DatabaseUnderTest): void {
  const { open } = provideDatabase(database);
  let repository: OperationRecord;
  let other: OperationRecord;
  beforeAll(async () => {
    repository = await open();
    other = await open(elsewhere);
  });
  const begin = async (method = 'symlink_copy', more = {}) => {
    const { id } = await repository.create({ ...request, method, replicate: true, ...more });
    await repository.claim(id);
    return id;
  };
  const needing = async (ruleId: string, ...given: Parameters<typeof begin>) => {
    const id = await begin(...given);
    await repository.recordRule(id, ruleId);
    return id;
  };
  const unneeded = async () =>
    (await other.findUnneededRules()).map(({ ruleId }) => ruleId).filter((ruleId) => ruleId.startsWith('r-'));

  test('a waiting operation has no owner, is found when it is due, and this does not count as an attempt', async () => {
    const id = await begin();
    const until = new Date(Date.now() + 60_000);
    await repository.wait(id, { until, reason: `the rule is REPLICATING ${'.'.repeat(3000)}` });
    const waiting = await other.find(id, theService);
    expect(waiting).toMatchObject({ phase: 'QUEUED', worker: null, attempts: 0, replicate: true });
    expect(waiting?.waitingFor).toMatch(/^the rule is REPLICATING/);
    const found = async (before: Date) =>
      (await other.findQueued({ after: '', before, limit: 100 })).some((operation) => operation.id === id);
    expect([await found(new Date()), await found(new Date(until.getTime() + 1))]).toEqual([false, true]);
    expect(await other.claim(id)).toMatchObject({ phase: 'EXECUTING', attempts: 1 });
  });

  test('a rule is needed until a link is removed, but not by failed operations or copies', async () => {
    const link = await needing('r-link');
    const [failed, copy, timed] = [
      await needing('r-failed'),
      await needing('r-copy', 'local_copy'),
      await needing('r-timed', 'local_copy', { lifetimeSeconds: 60 }),
    ];
    expect(await unneeded()).toEqual([]);
    for (const id of [link, copy, timed]) await repository.complete(id, { outcome: 'staged' });
    await repository.fail(failed, aborted);
    expect(await unneeded()).toEqual(['r-copy', 'r-failed']);
    await repository.recordRemoval(link, { by: null, reason: 'user' });
    expect(await unneeded()).toEqual(['r-copy', 'r-failed', 'r-link']);
    expect(await other.isRuleNeeded('r-link')).toBe(false);
    expect(await other.isRuleNeeded('r-timed')).toBe(true);
    await other.forgetRule({ id: link, ruleId: 'r-link' });
    expect(await unneeded()).toEqual(['r-copy', 'r-failed']);
  });

  test('one rule may serve several operations', async () => {
    const [one, two] = [await needing('r-shared'), await needing('r-shared')];
    await repository.fail(one, aborted);
    expect(await other.isRuleNeeded('r-shared')).toBe(true);
    await repository.fail(two, aborted);
    expect(await other.isRuleNeeded('r-shared')).toBe(false);
  });
}
