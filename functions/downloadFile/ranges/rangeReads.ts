import type { Logger } from 'pino';
import { every } from '../../../shared/async/interval.ts';
import { theService } from '../../../shared/model/caller.ts';
import type { Digests } from '../../../shared/model/operation.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import type { ShareBandwidth } from '../../../shared/storage/bandwidth.ts';
import { Progress } from '../../../shared/storage/progress.ts';

/** How long after a request another one continues the same reading, in ms. */
const continuedMs = 60_000;

/** How often the progress of readings is recorded, in ms. */
const recordedMs = 1000;

/** The maximum number of readings kept, each a few hundred bytes. */
const maxReads = 10_000;

/** A client's reading of one version of a file by ranges, which is recorded as one download. */
export interface RangeRead {
  /** Resolves when it is recorded. @throws the error of recording it */
  readonly operationId: Promise<string>;
  /** The version that is read, once a request that continues it has opened it. */
  etag: string | undefined;
  /** Its known digests, for the headers. */
  digests: Promise<Digests> | undefined;
  /** Counts the bytes of all requests except the first. */
  readonly progress: Progress;
  /** The bytes of the first, once it has ended. */
  firstBytes: number | undefined;
  requests: number;
  /** What the record has: bytes still flow after their request was counted. */
  recorded: { readonly requests: number; readonly bytesDone: number };
  lastAt: number;
}

/**
 * Programs such as astropy, fsspec and zarr read a file by hundreds of small requests. A client's first request for a
 * file is a download like any other; those that follow within a minute are added to its row, and need no statement
 * each.
 */
export interface RangeReads {
  /** The reading that a request with this key (the same client, and the same path) continues. */
  find(key: string): RangeRead | undefined;
  /** A reading that begins with a download that is being recorded. */
  begin(key: string, operationId: Promise<string>): RangeRead;
  /** To be called when the download that started it has ended, perhaps without having sent a range. */
  firstEnded(key: string, read: RangeRead, wasRange: boolean): Promise<void>;
}

interface Services {
  readonly operations: OperationRecord;
  readonly shareBandwidth: ShareBandwidth;
  readonly logger: Logger;
  atShutDown(close: () => Promise<void>): void;
}

/** The readings of this process. Their progress is recorded once a second, and at the end. */
export function createRangeReads(services: Services): RangeReads {
  const { operations, shareBandwidth, logger, atShutDown } = services;
  // In the order of their last requests.
  const reads = new Map<string, RangeRead>();
  const stopping = new AbortController();

  const record = async (read: RangeRead) => {
    const { operationId, firstBytes, requests, lastAt } = read;
    if (firstBytes === undefined || isRecorded(read)) return;
    const { bytesDone } = read.progress;
    const bytes = firstBytes + bytesDone;
    await operations.recordRanges(await operationId, { requests, bytes, endedAt: new Date(lastAt) });
    read.recorded = { requests, bytesDone };
  };
  const recordAll = async () => {
    await Promise.all([...reads.values()].map(record));
    for (const [key, read] of reads) {
      if (Date.now() - read.lastAt < continuedMs) break;
      if (isRecorded(read)) reads.delete(key);
    }
  };
  const warn = (err: unknown) =>
    logger.warn({ err }, 'could not record the latest range requests; retrying soon');
  const recording = every(recordedMs, recordAll, { signal: stopping.signal, onError: warn });
  atShutDown(async () => {
    stopping.abort();
    await recording;
    await recordAll().catch(warn);
  });
  return {
    find(key) {
      const read = reads.get(key);
      if (!read || Date.now() - read.lastAt >= continuedMs) return undefined;
      reads.delete(key);
      reads.set(key, read);
      return read;
    },
    begin(key, operationId) {
      const earlier = reads.get(key);
      if (earlier) void record(earlier).catch(warn);
      const read = {
        operationId,
        etag: undefined,
        digests: undefined,
        progress: new Progress({ bandwidth: shareBandwidth() }),
        firstBytes: undefined,
        requests: 1,
        recorded: { requests: 1, bytesDone: 0 },
        lastAt: Date.now(),
      };
      reads.delete(key);
      if (reads.size < maxReads) reads.set(key, read);
      operationId.catch(() => reads.get(key) === read && reads.delete(key));
      return read;
    },
    async firstEnded(key, read, wasRange) {
      if (!wasRange && reads.get(key) === read) reads.delete(key);
      if (!wasRange && read.requests === 1) return;
      const operation = await operations.find(await read.operationId, theService);
      read.firstBytes = operation?.bytesDone ?? 0;
      if (reads.get(key) !== read) await record(read);
    },
  };
}

function isRecorded({ recorded, requests, progress }: RangeRead): boolean {
  return recorded.requests === requests && recorded.bytesDone === progress.bytesDone;
}
