import { formatCount } from '../format/format.ts';

const items = (count: number) => (count === 1 ? '1 item' : `${formatCount(count)} items`);
const are = (count: number) => (count === 1 ? 'is' : 'are');

/** Texts about a batch, wherever it is shown. */
export const batchStrings = {
  title: (count: number, folder: string) => (folder === '' ? items(count) : `${items(count)} to ${folder}`),
  progressOf: (title: string) => `Progress of ${title}`,
  receiving: 'The service is receiving the list.',
  queued: 'Queued',
  together: (count: number) => `${items(count)} together`,
  done: (done: number, total: number) => `${formatCount(done)} of ${formatCount(total)} done`,
  failed: (count: number) => `${formatCount(count)} failed`,
  present: (count: number) => `${formatCount(count)} already present`,

  allStaged: (count: number) =>
    count === 1
      ? 'The item is in place, complete and read-only.'
      : `All ${items(count)} are in place, complete and read-only.`,
  allInPlace: (count: number) => `All ${items(count)} are in place.`,
  ofThemPresent: (count: number) =>
    count === 1 ? 'One of them was already present.' : `${formatCount(count)} of them were already present.`,
  allPresent: (count: number) =>
    `${count === 1 ? 'The item was' : `All ${items(count)} were`} already present; nothing was changed.`,
  someFailed: (failed: number, total: number) => `${formatCount(failed)} of ${items(total)} failed.`,
  stagedAndFailed: (staged: number, failed: number) =>
    `${formatCount(staged)} staged, ${formatCount(failed)} failed`,
  correct: (count: number) => (count === 1 ? 'Correct this one' : `Correct these ${formatCount(count)}`),
  again: 'Stage again',
  none: 'No batches yet.',
  staged: (count: string) => `${count} staged`,
  allFailed: (count: number) => (count === 1 ? 'The item failed.' : `All ${items(count)} failed.`),
  nothingPublished: 'Nothing was published, because not every item could be staged.',
  refused: 'The batch was not accepted.',
  othersInPlace: (count: number) => `${items(count)} ${are(count)} in place, complete and read-only.`,
  abortedNothing: 'Aborted. No partial data was left behind.',
  abortedRest: (count: number) => `Aborted: ${items(count)} ${are(count)} in place, the others are not.`,

  failures: 'Failures',
  allFailures: (count: number) =>
    count === 1 ? 'Show the failed item' : `Show all ${formatCount(count)} failed items`,
  showItems: 'Show the items',
  retryFailed: 'Retry failed',
  stageRest: 'Stage the rest',
  details: 'Counts and scripts',
  facts: {
    staged: 'Staged',
    present: 'Already present',
    failed: 'Failed',
    aborted: 'Aborted',
    size: 'Size',
    took: 'Took',
    id: 'Id',
  },
  pathsFile: 'paths.txt: one path per line.',
} as const;
