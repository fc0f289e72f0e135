import { expect, test } from '@jest/globals';
import { version } from 'uuid';
import { newOperationId, timeOfId } from '../../../shared/model/operationId.ts';

test('ids sort by their creation, also within a millisecond, and contain its time', () => {
  const begin = Date.now();
  const ids = Array.from({ length: 2000 }, newOperationId);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) {
    expect(version(id)).toBe(7);
    expect(timeOfId(id).getTime()).toBeGreaterThanOrEqual(begin);
    expect(timeOfId(id).getTime()).toBeLessThanOrEqual(Date.now());
  }
  // What is random in them is not the same.
  expect(new Set(ids.map((id) => id.slice(-12))).size).toBe(ids.length);
});
