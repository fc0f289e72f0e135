import type { Config } from '../../shared/config/config.ts';
import type { Transport } from '../../shared/http/transport.ts';
import type { OperationRecord } from '../../shared/record/operationRecord.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createObjectStorage } from '../../shared/storage/objects/openObjectStorage.ts';
import type { Storages } from '../../shared/storage/openSource.ts';
import type { StorageThreads } from '../../shared/storage/threads/threadPool.ts';

/** The services needed for downloads. */
export interface DownloadServices extends Storages {
  readonly config: Pick<Config, 's3' | 'download'>;
  /** The largest answer here, in bytes; undefined: no limit. */
  readonly answerLimitBytes?: number | undefined;
  readonly operations: OperationRecord;
  readonly threads: StorageThreads;
}

/** What the function has, with what downloads need beside it. DOWNLOAD_THRESHOLD says how much a buffered answer may hold. */
export function downloadServices(
  dependencies: Dependencies,
  { buffersAnswers }: Transport,
): Dependencies & DownloadServices {
  const { config } = dependencies;
  return {
    ...dependencies,
    objectStorage: createObjectStorage(config.s3),
    answerLimitBytes: buffersAnswers ? config.download.thresholdBytes : undefined,
  };
}
