import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { type Result, readResults, resultsDirectory, withTable } from '../../../bench/harness/results.ts';

const surroundings = {
  benchmark: 'example',
  date: '2026-01-02T03:04:05.000Z',
  machine: { cpu: 'a CPU', cores: 2, memoryGiB: 8, kernel: '6.1', fileSystem: 'ext4', load: 0.1 },
  versions: { node: 'v20.1.0' },
  leftOut: [],
};

/** Ours next to a peer, with the medians of both and their ratios. */
const compared = (
  shown: Result['comparisons'][number]['shown'],
  medians: readonly [ours: object, peers: object],
  ratios: object,
): Result => ({
  ...surroundings,
  comparisons: [
    {
      what: 'files copied',
      shown,
      contenders: [
        { name: 'ours, SQLite', isPeer: false, medians: medians[0], ratios: { cp: ratios }, turns: [] },
        { name: 'cp', isPeer: true, medians: medians[1], ratios: {}, turns: [] },
      ],
    },
  ],
});

const place =
  'before\n<!-- Made by `npm run bench` from bench/results. -->\nold\n<!-- The end of the table. -->\nafter';

test('the table of README.md is generated from the results', async () => {
  const readme = await readFile('README.md', 'utf8');
  expect(withTable(readme, await readResults(resultsDirectory))).toBe(readme);
});

test('a rate is faster by its ratio, and a time by the inverse', () => {
  const rates = compared(['perSecond'], [{ perSecond: 300 }, { perSecond: 100 }], { perSecond: 3.1 });
  expect(withTable(place, [rates])).toContain(
    '| files copied; SQLite | 300 a second | cp: 100 a second (**3.1 ×**) |',
  );
  const times = compared(['seconds'], [{ seconds: 2 }, { seconds: 4 }], { seconds: 0.5 });
  expect(withTable(place, [times])).toContain('| files copied; SQLite | 2.00 s | cp: 4.00 s (**2.0 ×**) |');
});

test('hidden values have no row, and the text around the table stays', () => {
  const text = withTable(place, [compared([], [{ seconds: 2 }, { seconds: 4 }], {})]);
  expect(text).not.toContain('files copied');
  expect(text).toMatch(/^before\n.*\nafter$/s);
  expect(text).toContain(
    'Measured 2026-01-02 on 2 cores (a CPU), 8 GiB, Linux 6.1, ext4, with node v20.1.0.',
  );
});

test('without results there is no table', () => {
  expect(withTable(place, [])).toMatch(/\nIt has not been measured yet\.\n/);
});

test('a text without markers for the table is refused', () => {
  expect(() => withTable('# Title', [])).toThrow('no place for the table');
});
