import { afterEach, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { createEarlyClaims } from '../../../shared/executor/earlyClaims.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';

type ClaimRecord = Pick<OperationRecord, 'claim' | 'claimSome' | 'startClaimed' | 'returnClaims'>;

afterEach(() => {
  jest.useRealTimers();
});

/** A record that notes what is asked of it, and lets this process claim all operations but one. */
function createRecord() {
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
    returnClaims: async (ids) => note('return', ids),
  };
  return { asked, operations };
}

const ids = ['taken', ...Array.from({ length: 99 }, (_, index) => `id-${index}`)];
const upcoming = (count: number) => ids.slice(0, count);

function claimsAfter(ends: number) {
  const { asked, operations } = createRecord();
  const stopping = new AbortController();
  const claims = createEarlyClaims({
    operations,
    logger: pino({ level: 'silent' }),
    signal: stopping.signal,
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

test('claims that are not used are returned, and one that is wanted meanwhile is made again after that', async () => {
  jest.useFakeTimers();
  const { asked, claims, stop } = claimsAfter(10);
  await jest.advanceTimersByTimeAsync(1500);
  expect(asked).toHaveLength(1);
  const isReturned = () => asked.some((what) => what.startsWith('return'));
  for (let steps = 0; !isReturned() && steps < 100; steps += 1) await jest.advanceTimersByTimeAsync(100);
  expect(asked[1]).toBe(`return ${ids.slice(1, 10).join(' ')}`);
  expect(claims.has('id-0')).toBe(false);
  stop();
});
