import { expect, test } from '@jest/globals';
import { isoTime, timeOf } from '../../../shared/model/isoTime.ts';

const dayMs = 86_400_000;
const days = [-719_528, -1, 0, 1, 20_786, 2_932_896, 100_000_000 - 1];
const times = [0, 1, 999, 1000, 59_999, 60_000, 3_599_999, 3_600_000, 45_296_789, dayMs - 1];

test('a time is written as toISOString writes it, on any day, one after the other', () => {
  for (const time of times) {
    for (const day of days) {
      const date = new Date(day * dayMs + time);
      expect(isoTime(date)).toBe(date.toISOString());
    }
  }
});

test('a time is read as Date reads it, on any day, one after the other', () => {
  for (const time of times) {
    for (const day of days) {
      const date = new Date(day * dayMs + time);
      const text = date.toISOString();
      expect(timeOf(text)).toEqual(date);
      expect(timeOf(text.replace('Z', '+00:00'))).toEqual(date);
    }
  }
});

test.each(['2026-11-30T07:00:00+00:00', '2026-11-30T07:00:00.000+01:00', '2026-11-30T07:00:00.000123+00:00'])(
  'a time is read as Date reads it in another form, such as %s',
  (text) => {
    expect(timeOf(text)).toEqual(new Date(text));
  },
);
