import type { Logger } from 'pino';
import { every } from '../../../shared/async/interval.ts';
import { theService } from '../../../shared/model/caller.ts';
import type { Digests } from '../../../shared/model/operation.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import type { ShareBandwidth } from '../../../shared/storage/bandwidth.ts';
import { Progress } from '../../../shared/storage/progress.ts';

/** How long after a request another one continues the same reading, and how often readings are recorded, in ms. */
const intervals = { continuedMs: 60_000, recordedMs: 1000 } as const;

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
  /** How many of them are being answered. */
  running: number;
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
export function createRangeReads(
  { operations, shareBandwidth, logger, atShutDown }: Services,
  { continuedMs, recordedMs }: { readonly continuedMs: number; readonly recordedMs: number } = intervals,
): RangeReads {
  /** Those that another request would continue. */
  const reads = new Map<string, RangeRead>();
  /** Those of which something may still be recorded. */
  const open = new Set<RangeRead>();
  const stopping = new AbortController();

  const isOver = ({ running, lastAt }: RangeRead) => running === 0 && Date.now() - lastAt >= continuedMs;
  const record = async (read: RangeRead) => {
    const { operationId, firstBytes, requests, lastAt } = read;
    if (firstBytes === undefined || isRecorded(read)) return;
    const { bytesDone } = read.progress;
    const bytes = firstBytes + bytesDone;
    await operations.recordRanges(await operationId, { requests, bytes, endedAt: new Date(lastAt) });
    read.recorded = { requests, bytesDone };
  };
  const recordAll = async () => {
    for (const [key, read] of reads) if (isOver(read)) reads.delete(key);
    const continued = new Set(reads.values());
    const finished = [...open].filter((read) => read.running === 0 && !continued.has(read));
    await Promise.all([...open].map(record));
    for (const read of finished) open.delete(read);
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
      return read && !isOver(read) ? read : undefined;
    },
    begin(key, operationId) {
      const read = {
        operationId,
        etag: undefined,
        digests: undefined,
        progress: new Progress({ bandwidth: shareBandwidth() }),
        firstBytes: undefined,
        requests: 1,
        running: 1,
        recorded: { requests: 1, bytesDone: 0 },
        lastAt: Date.now(),
      };
      reads.delete(key);
      if (open.size >= maxReads) return read;
      reads.set(key, read);
      open.add(read);
      operationId.catch(() => {
        open.delete(read);
        if (reads.get(key) === read) reads.delete(key);
      });
      return read;
    },
    async firstEnded(key, read, wasRange) {
      if (!wasRange && reads.get(key) === read) reads.delete(key);
      try {
        if (!wasRange && read.requests === 1) return;
        const operation = await operations.find(await read.operationId, theService);
        read.firstBytes = operation?.bytesDone ?? 0;
      } finally {
        read.running -= 1;
      }
    },
  };
}

function isRecorded({ recorded, requests, progress }: RangeRead): boolean {
  return recorded.requests === requests && recorded.bytesDone === progress.bytesDone;
}
