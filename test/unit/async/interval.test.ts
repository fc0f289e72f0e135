import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { every } from '../../../shared/async/interval.ts';

test('work that takes longer than the interval never overlaps itself', async () => {
  const stopping = new AbortController();
  let [underWay, most, count] = [0, 0, 0];
  const work = async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve, 5));
    underWay -= 1;
    count += 1;
    if (count === 3) stopping.abort();
  };
  await every(1, work, { signal: stopping.signal, onError: () => undefined });
  expect({ most, count }).toEqual({ most: 1, count: 3 });
});

test('errors are reported, and do not end it', async () => {
  const stopping = new AbortController();
  const failures: unknown[] = [];
  const failure = new Error('this time');
  const onError = (error: unknown) => {
    if (failures.push(error) === 2) stopping.abort();
  };
  const work = () => {
    throw failure;
  };
  await every(1, work, { signal: stopping.signal, onError });
  expect(failures).toEqual([failure, failure]);
});

test('it ends immediately when the signal aborts in a pause, else after the work in progress', async () => {
  const stopping = new AbortController();
  const pausing = every(1_000_000, () => undefined, { signal: stopping.signal, onError: () => undefined });
  const working = new AbortController();
  let isDone = false;
  const ending = every(
    1,
    async () => {
      working.abort();
      await once(stopping.signal, 'abort');
      isDone = true;
    },
    { signal: stopping.signal, onError: () => undefined },
  );
  if (!working.signal.aborted) await once(working.signal, 'abort');
  stopping.abort();
  await Promise.all([pausing, ending]);
  expect(isDone).toBe(true);
});
