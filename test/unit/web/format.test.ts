import { expect, test } from '@jest/globals';
import { formatDuration, formatExactSize, formatRate } from '../../../web/src/format/format.ts';

test.each([
  [0.0456, '46 ms'],
  [0.9999, '1.0 s'],
  [59.6, '1 min'],
  [3725, '1 h 2 min'],
  [90_000, '1 d 1 h'],
])('%d s are shown as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test('sizes have decimal units, and all digits where needed', () => {
  expect(formatExactSize(1)).toBe('1 byte');
  expect(formatExactSize(1_234_567)).toBe('1,234,567 bytes (1.2 MB)');
  expect(formatRate(123_400_000)).toBe('123 MB/s');
});
