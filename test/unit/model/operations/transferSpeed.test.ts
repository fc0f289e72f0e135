import { expect, test } from '@jest/globals';
import type { Operation } from '../../../../shared/model/operation.ts';
import { averageSpeed, createTransferSpeeds } from '../../../../shared/model/operations/transferSpeed.ts';
import { newRow } from '../../../../shared/record/rows/operationRow.ts';
import { toOperation } from '../../../../shared/record/rows/readOperations.ts';
import { request } from '../../../contracts/record/request.ts';

const created = toOperation(newRow(request, { worker: 'worker', queueOwner: null }));
const startMs = Date.UTC(2026, 10, 25);
const unknown = { bytesPerSecond: null, secondsLeft: null };

/** An operation some seconds after its start. */
function running(seconds: number, bytesDone: number, bytesTotal: number | null = 1000): Operation {
  const at = { startedAt: new Date(startMs), updatedAt: new Date(startMs + seconds * 1000) };
  return { ...created, phase: 'EXECUTING', bytesDone, bytesTotal, ...at };
}

test('a single measurement gives the speed since the start, and the time left at that speed', () => {
  const operation = running(10, 200);
  expect(averageSpeed(operation, startMs + 10_000)).toEqual({ bytesPerSecond: 20, secondsLeft: 40 });
  // No progress.
  expect(averageSpeed(operation, startMs + 40_000)).toEqual({ bytesPerSecond: 5, secondsLeft: 160 });
  // The observer's clock is behind.
  expect(averageSpeed(operation, startMs - 2000)).toEqual({ bytesPerSecond: 20, secondsLeft: 40 });
});

test('unknown values are null', () => {
  expect(averageSpeed(created)).toEqual(unknown);
  expect(averageSpeed({ ...running(10, 200), phase: 'COMPLETED' })).toEqual(unknown);
  expect(averageSpeed(running(10, 0), startMs + 10_000)).toEqual(unknown);
  expect(averageSpeed(running(0, 200), startMs)).toEqual(unknown);
  const withoutTotal = averageSpeed(running(10, 200, null), startMs + 10_000);
  expect(withoutTotal).toEqual({ bytesPerSecond: 20, secondsLeft: null });
});

test('an observed operation has the speed of the last ten seconds', () => {
  const speeds = createTransferSpeeds();
  for (let second = 1; second <= 20; second += 1) speeds.observe(running(second, second * 10));
  for (let second = 21; second <= 31; second += 1) speeds.observe(running(second, 200 + (second - 20) * 30));
  expect(speeds.of(running(31, 530))).toEqual({ bytesPerSecond: 30, secondsLeft: 16 });
});

test('late and repeated states are ignored, and a new attempt starts from zero', () => {
  const speeds = createTransferSpeeds();
  for (const second of [1, 2, 2, 1, 3]) speeds.observe(running(second, second * 10));
  expect(speeds.of(running(3, 30)).bytesPerSecond).toBe(10);
  speeds.observe(running(4, 0));
  speeds.observe(running(5, 7));
  expect(speeds.of(running(5, 7)).bytesPerSecond).toBe(7);
  speeds.observe({ ...running(6, 8), phase: 'ERROR' });
  speeds.observe(running(7, 9));
  expect(speeds.of(running(7, 9)).bytesPerSecond).not.toBe(7);
});
