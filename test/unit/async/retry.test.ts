import { expect, test } from '@jest/globals';
import { retry } from '../../../shared/async/retry.ts';

test('it retries with the number of the attempt, until one succeeds', async () => {
  const paused: unknown[] = [];
  const work = async (attempt: number) => {
    if (attempt < 3) throw new Error(`no ${attempt}`);
    return attempt;
  };
  const pauseAfter = (error: unknown, attempt: number) => {
    paused.push([error instanceof Error && error.message, attempt]);
    return 1;
  };
  expect(await retry(work, pauseAfter)).toBe(3);
  expect(paused).toEqual([
    ['no 1', 1],
    ['no 2', 2],
  ]);
});

test('it ends with the error of the last attempt', async () => {
  const failures = [new Error('first'), new Error('last')];
  const work = async (attempt: number) => {
    throw failures[attempt - 1];
  };
  const end = await retry(work, (_, attempt) => (attempt < 2 ? 1 : undefined)).catch(
    (error: unknown) => error,
  );
  expect(end).toBe(failures[1]);
});

test('an abort ends the pause, with its reason', async () => {
  const stopping = new AbortController();
  const reason = new Error('enough');
  const work = async () => {
    throw new Error('no');
  };
  const pauseAfter = () => {
    queueMicrotask(() => stopping.abort(reason));
    return 1_000_000;
  };
  const end = await retry(work, pauseAfter, stopping.signal).catch((error: unknown) => error);
  expect(end).toBe(reason);
});
