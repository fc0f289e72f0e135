import type { Dependencies } from '../../shared/dependencies.ts';
import { createObjectStorage } from '../../shared/storage/s3/objectStorage.ts';
import type { DownloadServices } from './downloadHead.ts';

/** Whether answers are limited, as those of AWS Lambda are (DOWNLOAD_THRESHOLD says to how much). */
export interface AnswerLimit {
  readonly isAnswerLimited: boolean;
}

/** What the function has, with what downloads need beside it. */
export function downloadServices(
  dependencies: Dependencies,
  limit?: AnswerLimit,
): Dependencies & DownloadServices {
  const { config } = dependencies;
  return {
    ...dependencies,
    objectStorage: createObjectStorage(config.s3),
    answerLimitBytes: limit?.isAnswerLimited ? config.download.thresholdBytes : undefined,
  };
}
