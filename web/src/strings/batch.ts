import { formatCount } from '../format/format.ts';

const items = (count: number) => (count === 1 ? '1 item' : `${formatCount(count)} items`);
const are = (count: number) => (count === 1 ? 'is' : 'are');

/** Texts about a batch, wherever it is shown. */
export const batchStrings = {
  title: (count: number, folder: string) => (folder === '' ? items(count) : `${items(count)} to ${folder}`),
  progressOf: (title: string) => `Progress of ${title}`,
  receiving: 'The service receives the list.',
  queued: 'Waiting for its turn',
  together: (count: number) => `${items(count)} together`,
  done: (done: number, total: number) => `${formatCount(done)} of ${formatCount(total)} done`,
  failed: (count: number) => `${formatCount(count)} failed`,
  present: (count: number) => `${formatCount(count)} already there`,

  allStaged: (count: number) =>
    count === 1
      ? 'The item is in place, complete and read-only.'
      : `All ${items(count)} are in place, complete and read-only.`,
  allInPlace: (count: number) => `All ${items(count)} are in place.`,
  ofThemPresent: (count: number) =>
    count === 1 ? 'One of them was there already.' : `${formatCount(count)} of them were there already.`,
  allPresent: (count: number) =>
    `${count === 1 ? 'The item was' : `All ${items(count)} were`} there already, and nothing was touched.`,
  someFailed: (failed: number, total: number) => `${formatCount(failed)} of ${items(total)} failed.`,
  allFailed: (count: number) => (count === 1 ? 'The item failed.' : `All ${items(count)} failed.`),
  nothingPublished: 'Nothing was put in place, as not every item could be staged.',
  refused: 'The batch was not accepted.',
  othersInPlace: (count: number) => `${items(count)} ${are(count)} in place, complete and read-only.`,
  abortedNothing: 'Aborted: nothing of it is left.',
  abortedRest: (count: number) => `Aborted: ${items(count)} ${are(count)} in place, the others are not.`,

  failures: 'What failed',
  allFailures: (count: number) =>
    count === 1 ? 'Show the one that failed' : `Show all ${formatCount(count)} that failed`,
  showItems: 'Show the items',
  retryFailed: 'Retry failed',
  stageRest: 'Stage the rest',
  details: 'Counts, and how to script it',
  facts: {
    staged: 'Staged',
    present: 'Already there',
    failed: 'Failed',
    aborted: 'Aborted',
    size: 'Size',
    took: 'Took',
    id: 'Id',
  },
  pathsFile: 'The file paths.txt has one path in a line.',
} as const;
