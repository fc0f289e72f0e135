import type { OperationProgress } from '../../model/operation.ts';
import type { Progress } from '../../storage/progress.ts';

/** The progress of a running operation, and its signal to stop. */
export interface RunContext {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The progress of an operation as it is recorded. */
export function progressOf({ bytesTotal, bytesDone, filesTotal, filesDone }: Progress): OperationProgress {
  return { bytesTotal, bytesDone, filesTotal, filesDone };
}
