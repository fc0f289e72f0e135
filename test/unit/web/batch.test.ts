import { expect, test } from '@jest/globals';
import { partDone, speedOf } from '../../../web/src/api/operations/batchProgress.ts';

const none = { PENDING: 0, QUEUED: 0, EXECUTING: 0, COMPLETED: 0, ERROR: 0, ABORTED: 0 };

const batch: Parameters<typeof partDone>[0] = {
  id: '01a21105-0000-7000-8000-000000000000',
  method: 'local_copy',
  username: 'anna',
  actor: null,
  phase: 'EXECUTING',
  all_or_nothing: false,
  directory: null,
  relative_path: null,
  error_code: null,
  error_reason: null,
  request_id: null,
  created_at: '2026-11-25T00:00:00Z',
  finished_at: null,
  operations_total: 4,
  counts: none,
  already_present: 0,
  bytes_total: 0,
  bytes_done: 0,
};

test.each([
  ['nothing', {}, 0],
  ['items that ended, well or not', { counts: { ...none, COMPLETED: 1, ERROR: 1 } }, 0.5],
  [
    'the bytes of items that run',
    { counts: { ...none, EXECUTING: 2 }, bytes_total: 100, bytes_done: 50 },
    0.25,
  ],
  [
    'a large item that has just begun beside a small one that has ended',
    { counts: { ...none, COMPLETED: 1, EXECUTING: 1 }, bytes_total: 1000, bytes_done: 1 },
    0.25,
  ],
  ['the bytes of a dataset', { all_or_nothing: true, bytes_total: 10, bytes_done: 5 }, 0.5],
])('the done share of a batch: %s', (_what, changed, part) => {
  expect(partDone({ ...batch, ...changed })).toBe(part);
});

test('a speed is known after two seconds, and covers the last twenty', () => {
  const first = speedOf([], { atMs: 0, bytes: 0, part: 0 });
  const soon = speedOf(first.kept, { atMs: 1000, bytes: 500, part: 0.01 });
  expect([first.speed, soon.speed]).toEqual([{}, {}]);
  const later = speedOf(soon.kept, { atMs: 10_000, bytes: 10_000, part: 0.5 });
  expect(later.speed).toEqual({ bytesPerSecond: 1000, secondsLeft: 10 });
  const muchLater = speedOf(later.kept, { atMs: 30_000, bytes: 10_000, part: 0.75 });
  expect(muchLater.speed).toEqual({ secondsLeft: 20 });
});

test('a retry is measured from the start', () => {
  const { kept } = speedOf([{ atMs: 0, bytes: 100, part: 0.9 }], { atMs: 5000, bytes: 0, part: 0.8 });
  expect(kept).toEqual([{ atMs: 5000, bytes: 0, part: 0.8 }]);
});
