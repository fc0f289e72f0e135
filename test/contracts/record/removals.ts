import { beforeAll, expect, test } from '@jest/globals';
import { theService } from '../../../shared/model/caller.ts';
import { dataStateOf, dataStates } from '../../../shared/model/operation.ts';
import type { Completion, NewOperation } from '../../../shared/model/operations/lifecycle.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { type DatabaseUnderTest, elsewhere, provideDatabase } from './databaseUnderTest.ts';
import { request } from './request.ts';

/** Which data is to be removed, by whom, and which was. */
export function testRemovals(database: DatabaseUnderTest): void {
  const { open } = provideDatabase(database);
  let repository: OperationRecord;
  let other: OperationRecord;
  beforeAll(async () => {
    repository = await open();
    other = await open(elsewhere);
  });
  const staged = async (expiresAt: Date | null = null) => {
    const { id } = await repository.create(request);
    await repository.claim(id);
    return repository.complete(id, { outcome: 'staged', targetEtag: '"tag"', expiresAt });
  };
  const now = async (id: string) => {
    const operation = await other.find(id, theService);
    if (!operation) throw new Error(`There is no operation ${id}`);
    return operation;
  };

  test('of several removals of data one has the claim, until it releases it', async () => {
    const operation = await staged();
    const claims = await Promise.all([repository.claimRemoval(operation), other.claimRemoval(operation)]);
    expect(claims.toSorted()).toEqual([false, true]);
    const [holder, loser] = claims[0] ? [repository, other] : [other, repository];
    expect(await loser.claimRemoval(await now(operation.id))).toBe(false);
    await loser.releaseRemoval(operation.id);
    expect(await loser.claimRemoval(await now(operation.id))).toBe(false);
    await holder.releaseRemoval(operation.id);
    expect(await loser.claimRemoval(await now(operation.id))).toBe(true);
  });

  test('a removal is recorded once, and removed data cannot be claimed', async () => {
    const { id } = await staged(new Date());
    expect(await repository.recordRemoval(id, { by: 'alice', reason: 'user' })).toMatchObject({
      removedBy: 'alice',
      removalReason: 'user',
      expiresAt: null,
      targetEtag: '"tag"',
    });
    const removed = await now(id);
    expect(removed.removedAt).toBeInstanceOf(Date);
    await other.recordRemoval(id, { by: null, reason: 'lifetime' });
    expect(await now(id)).toEqual(removed);
    expect(await other.claimRemoval(removed)).toBe(false);
  });

  test('a claim is kept after the removal is recorded, until it is released or its process is known to be dead', async () => {
    const operation = await staged();
    expect(await repository.claimRemoval(operation, { by: 'alice', reason: 'user' })).toBe(true);
    const isInterrupted = async () =>
      (await repository.findInterruptedRemovals()).some(({ id }) => id === operation.id);
    expect(await isInterrupted()).toBe(false);
    await repository.recordRemoval(operation.id, { by: 'alice', reason: 'user' });
    expect((await now(operation.id)).removalWorker).not.toBeNull();
    await repository.releaseRemoval(operation.id);
    expect(await now(operation.id)).toMatchObject({ removalWorker: null, removedBy: 'alice' });
  });

  test('the requester of a removal that did not happen is cleared', async () => {
    const operation = await staged();
    await repository.claimRemoval(operation, { by: 'alice', reason: 'user' });
    expect(await now(operation.id)).toMatchObject({ removedBy: 'alice', removedAt: null });
    await repository.releaseRemoval(operation.id);
    expect(await now(operation.id)).toMatchObject({ removedBy: null, removalReason: null, removedAt: null });
  });

  test('of several processes that continue an interrupted removal one succeeds', async () => {
    const operation = await staged();
    await repository.claimRemoval(operation, { by: 'alice', reason: 'user' });
    const held = await now(operation.id);
    const taken = await Promise.all([other.takeOverRemoval(held), other.takeOverRemoval(held)]);
    expect(taken.toSorted()).toEqual([false, true]);
  });

  test('expired data is found in the order of expiry, until it is removed or kept', async () => {
    const start = Date.now();
    const at = (seconds: number) => new Date(start + seconds * 1000);
    const [second, first, late, never] = [
      await staged(at(-1)),
      await staged(at(-2)),
      await staged(at(600)),
      await staged(),
    ];
    const ids = [first, second, late, never].map(({ id }) => id);
    const found = async (by: Date) =>
      (await other.findExpired(by)).map(({ id }) => id).filter((id) => ids.includes(id));
    expect(await found(at(0))).toEqual([first.id, second.id]);
    expect(await found(at(601))).toEqual([first.id, second.id, late.id]);
    await repository.recordRemoval(first.id, { by: null, reason: 'lifetime' });
    await repository.keepStaged(second.id);
    expect(await found(at(601))).toEqual([late.id]);
  });

  test('a warning is given once', async () => {
    const { id } = await staged(new Date(Date.now() + 60_000));
    const isFound = async () =>
      (await other.findUnwarned(new Date(Date.now() + 61_000))).some((found) => found.id === id);
    expect(await isFound()).toBe(true);
    expect([await repository.recordWarning(id), await other.recordWarning(id)]).toEqual([true, false]);
    expect(await isFound()).toBe(false);
  });

  test('lists are filtered by the state of the data, as the model computes it for each operation', async () => {
    const username = 'collector';
    const ended = async (given: Partial<NewOperation>, completion: Completion) => {
      const { id } = await repository.create({ ...request, username, ...given });
      await repository.claim(id);
      return (await repository.complete(id, completion)).id;
    };
    const kept = await ended({}, { outcome: 'staged' });
    const linked = await ended({ method: 'symlink_copy' }, { outcome: 'staged' });
    const removed = await ended({}, { outcome: 'staged' });
    const expired = await ended({}, { outcome: 'staged' });
    await ended({}, { outcome: 'already_present' });
    await ended({ method: 'jupyter_copy' }, { outcome: 'staged' });
    await ended({ method: null }, { outcome: 'staged' });
    await ended({}, { outcome: null });
    await repository.create({ ...request, username });
    await repository.recordRemoval(removed, { by: 'alice', reason: 'user' });
    await repository.recordRemoval(expired, { by: null, reason: 'lifetime' });

    const all = await repository.list({ username }, { limit: 100 }, theService);
    const expected = { present: [linked, kept], removed: [removed], expired: [expired] };
    for (const data of dataStates) {
      const { operations } = await repository.list({ username, data }, { limit: 100 }, theService);
      expect(operations.map(({ id }) => id)).toEqual(expected[data]);
      expect(all.operations.filter((one) => dataStateOf(one) === data)).toEqual(operations);
      const sorted = await repository.list({ username, data }, { limit: 100, order: 'largest' }, theService);
      expect(sorted.operations.map(({ id }) => id).toSorted()).toEqual(expected[data].toSorted());
    }
    const { operations } = await repository.list(
      { username, data: 'present', method: 'symlink_copy' },
      { limit: 1 },
      theService,
    );
    expect(operations.map(({ id }) => id)).toEqual([linked]);
  });
}
