import type { OperationProgress } from '../../model/operation.ts';
import type { Progress } from '../../storage/progress.ts';

/** What an operation that runs tells how far it is, and is told to stop by. */
export interface RunContext {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What the record keeps of an operation's progress. */
export function progressOf({ bytesTotal, bytesDone, filesTotal, filesDone }: Progress): OperationProgress {
  return { bytesTotal, bytesDone, filesTotal, filesDone };
}
