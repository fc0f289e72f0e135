import type { Config } from '../../shared/config/config.ts';
import type { Transport } from '../../shared/http/transport.ts';
import { openStorages } from '../../shared/rucio/openStorages.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import type { Storages } from '../../shared/storage/openSource.ts';
import { createStorageThreads, type StorageThreads } from '../../shared/storage/threads/threadPool.ts';
import { createDigestQueue, type DigestQueue } from './digestQueue.ts';
import { createRangeReads, type RangeReads } from './rangeReads.ts';

/** The services needed for downloads. */
export interface DownloadServices extends Storages {
  readonly config: Pick<Config, 's3' | 'download' | 'trustedProxies'>;
  /** The largest answer here, in bytes; undefined: no limit. */
  readonly answerLimitBytes?: number | undefined;
  readonly threads: StorageThreads;
  readonly digestQueue: DigestQueue;
  /** Readings by ranges; undefined where a process ends with its answer. */
  readonly rangeReads: RangeReads | undefined;
}

/** What the function has, with what downloads need beside it. DOWNLOAD_THRESHOLD says how much a buffered answer may hold. */
export function downloadServices(
  dependencies: Dependencies,
  { buffersAnswers }: Transport,
): Dependencies & DownloadServices {
  const { config, operations, atShutDown } = dependencies;
  // Apart from those that copy: what clients only ask for holds up no operation.
  const threads = createStorageThreads();
  atShutDown(() => threads.close());
  return {
    ...dependencies,
    ...openStorages(dependencies),
    digestQueue: createDigestQueue(operations, threads),
    rangeReads: buffersAnswers ? undefined : createRangeReads(dependencies),
    answerLimitBytes: buffersAnswers ? config.download.thresholdBytes : undefined,
  };
}
