import { wholeNumber } from './settingTypes.ts';

/** The settings about what clients may use of a process, in the way of `settings.ts`. */
export const limitSettings = {
  /** The largest headers of a request, with its first line, in bytes. */
  MAX_HEADER_BYTES: wholeNumber(8192, 1_048_576)
    .default(65_536)
    .describe('a number of bytes from 8192 to 1048576'),
  /** The largest body of a request that is neither a batch, nor a list of paths, nor a file; in bytes. */
  MAX_BODY_BYTES: wholeNumber(4096, 16 * 1024 ** 2)
    .default(65_536)
    .describe('a number of bytes from 4096 to 16777216'),
  /** The largest body of a batch, decoded, in bytes: 100,000 items have 30 MB, or twice that with long names. */
  MAX_BATCH_BYTES: wholeNumber(65_536, 1024 ** 3)
    .default(128 * 1024 ** 2)
    .describe('a number of bytes from 65536 to 1073741824'),
  /** How many items a batch may have. */
  MAX_BATCH_ITEMS: wholeNumber(1, 100_000).default(100_000).describe('a whole number from 1 to 100000'),
  /** How many entries a page of a list has at most, whatever its `limit` says. */
  MAX_PAGE_ITEMS: wholeNumber(10, 1000).default(1000).describe('a whole number from 10 to 1000'),
  /** How fast a body must arrive, in bytes per second over any ten seconds; 0: as slowly as it likes. */
  MIN_BODY_RATE: wholeNumber(0, 10 ** 9)
    .default(1024)
    .describe('a whole number of bytes per second from 0'),
  /** How many requests are answered for one address in a minute; 0: any number. */
  REQUESTS_PER_MINUTE: wholeNumber(0, 10 ** 9)
    .default(60_000)
    .describe('a whole number from 0'),
  /** How many of them may fail to identify their caller; 0: any number. */
  FAILURES_PER_MINUTE: wholeNumber(0, 10 ** 9)
    .default(600)
    .describe('a whole number from 0'),
  /** How many event streams of one user this process keeps open at the same time. */
  STREAMS_PER_USER: wholeNumber(1, 1_000_000).default(50).describe('a whole number from 1 to 1000000'),
  /** How many event streams this process keeps open at the same time, of all users together. */
  STREAMS_PER_PROCESS: wholeNumber(1, 1_000_000).default(5000).describe('a whole number from 1 to 1000000'),
  /** How many operations of one user may wait for their turn. */
  WAITING_PER_USER: wholeNumber(1, 10 ** 9)
    .default(200_000)
    .describe('a whole number from 1'),
  /** How many operations may wait for their turn, of all users together. */
  WAITING_PER_SERVICE: wholeNumber(1, 10 ** 9)
    .default(1_000_000)
    .describe('a whole number from 1'),
  /** How many downloads of one user this process answers at the same time. */
  DOWNLOADS_PER_USER: wholeNumber(1, 1_000_000).default(100).describe('a whole number from 1 to 1000000'),
  /** How many downloads this process answers at the same time, for all users together. */
  DOWNLOADS_PER_PROCESS: wholeNumber(1, 1_000_000).default(2000).describe('a whole number from 1 to 1000000'),
};
