import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { withResolvers } from '../../../shared/async/abortSignals.ts';
import { createEarlyClaims } from '../../../shared/executor/queue/earlyClaims.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { waitFor } from '../../contracts/waitFor.ts';

type ClaimRecord = Pick<OperationRecord, 'claim' | 'claimSome' | 'startClaimed' | 'returnClaims'>;

/** A record that notes what is asked of it, and lets this process claim all operations but one. */
function createRecord(whenReturned: Promise<void>) {
  const asked: string[] = [];
  const note = (what: string, ids: readonly string[]) => void asked.push(`${what} ${ids.join(' ')}`);
  const operations: ClaimRecord = {
    async claim(id) {
      note('claim', [id]);
      return null;
    },
    async claimSome(ids) {
      note('claim', ids);
      return ids.filter((id) => id !== 'taken');
    },
    async startClaimed(id) {
      note('start', [id]);
      return null;
    },
    async returnClaims(ids) {
      note('return', ids);
      await whenReturned;
    },
  };
  return { asked, operations };
}

const ids = ['taken', ...Array.from({ length: 99 }, (_, index) => `id-${index}`)];
const upcoming = (count: number) => ids.slice(0, count);

function claimsAfter(ends: number, keptMs?: number, whenReturned = Promise.resolve()) {
  const { asked, operations } = createRecord(whenReturned);
  const stopping = new AbortController();
  const claims = createEarlyClaims({
    operations,
    logger: pino({ level: 'silent' }),
    signal: stopping.signal,
    keptMs,
  });
  for (let ended = 0; ended < ends; ended += 1) claims.noteEnd();
  claims.claimNext(upcoming);
  return { asked, claims, stop: () => stopping.abort() };
}

test('where few operations have just ended, none is claimed early', () => {
  const { asked, claims, stop } = claimsAfter(7);
  expect([asked, claims.take('id-0')]).toEqual([[], undefined]);
  stop();
});

test('as many are claimed together as have just ended, and each is taken once', async () => {
  const { asked, claims, stop } = claimsAfter(10);
  expect(asked).toEqual([`claim ${ids.slice(0, 10).join(' ')}`]);
  expect(await claims.take('taken')).toBeNull();
  await claims.take('id-0');
  expect(claims.take('id-0')).toBeUndefined();
  expect(claims.take('id-50')).toBeUndefined();
  expect(asked.slice(1)).toEqual(['start id-0']);
  stop();
});

test('claims of operations that leave the queue are handed to the caller', async () => {
  const { claims, stop } = claimsAfter(10);
  expect(await claims.giveUp(['taken', 'id-0', 'id-50'])).toEqual(['id-0']);
  expect([claims.has('id-0'), claims.has('id-1')]).toEqual([false, true]);
  stop();
});

test('claims that are not used are returned', async () => {
  const { asked, claims, stop } = claimsAfter(10, 20);
  await waitFor(async () => asked.length > 1);
  expect(asked.slice(1)).toEqual([`return ${ids.slice(1, 10).join(' ')}`]);
  await waitFor(async () => !claims.has('id-0'));
  stop();
});

test('a claim that is wanted while it is returned is made again after that', async () => {
  const { promise: whenReturned, resolve: answer } = withResolvers();
  const { asked, claims, stop } = claimsAfter(10, 20, whenReturned);
  await waitFor(async () => asked.length > 1);
  const again = claims.take('id-1');
  expect(asked).toHaveLength(2);
  answer();
  await again;
  expect(asked.slice(2)).toEqual(['claim id-1']);
  stop();
});
