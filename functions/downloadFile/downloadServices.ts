import type { Config } from '../../shared/config/config.ts';
import type { Transport } from '../../shared/http/answers/transport.ts';
import { openStorages } from '../../shared/rucio/openStorages.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createDigestThreads, type DigestThreads } from '../../shared/storage/digest/digestThreads.ts';
import { createSmallReads, type SmallReads } from '../../shared/storage/mounted/smallReads.ts';
import type { Storages } from '../../shared/storage/openSource.ts';
import { createStorageThreads, type StorageThreads } from '../../shared/storage/threads/threadPool.ts';
import { createDigestQueue, type DigestQueue } from './head/digestQueue.ts';
import { createRangeReads, type RangeReads } from './ranges/rangeReads.ts';

/** The services needed for downloads. */
export interface DownloadServices extends Storages {
  readonly config: Pick<Config, 's3' | 'download' | 'trustedProxies'>;
  /** The maximum size of an answer, in bytes; undefined: no limit. */
  readonly answerLimitBytes?: number | undefined;
  readonly threads: StorageThreads;
  readonly digestQueue: DigestQueue;
  readonly digestThreads: DigestThreads;
  /** Undefined if a proxy sends the files. */
  readonly smallReads: SmallReads | undefined;
  /** Readings by ranges; undefined if the process is frozen after each answer. */
  readonly rangeReads: RangeReads | undefined;
}

/** The function's dependencies, and those specific to downloads. DOWNLOAD_THRESHOLD limits a buffered answer. */
export function downloadServices(
  dependencies: Dependencies,
  { buffersAnswers }: Transport,
): Dependencies & DownloadServices {
  const { config, operations, atShutDown } = dependencies;
  // Separate from those that copy, so that requested digests delay no operation.
  const threads = createStorageThreads();
  atShutDown(() => threads.close());
  const digestThreads = createDigestThreads();
  atShutDown(() => digestThreads.close());
  const smallReads = config.download.sendfile ? undefined : createSmallReads(dependencies.sourceStorage);
  if (smallReads) atShutDown(() => smallReads.close());
  return {
    ...dependencies,
    ...openStorages(dependencies),
    smallReads,
    digestThreads,
    digestQueue: createDigestQueue(operations, threads, config.digests),
    rangeReads: buffersAnswers ? undefined : createRangeReads(dependencies),
    answerLimitBytes: buffersAnswers ? config.download.thresholdBytes : undefined,
  };
}
