import { systemErrorCode } from '../../errors/stagingError.ts';

/** The failure of a thread, as plain data: an error object loses its code between threads. */
export interface IoFailure {
  readonly side: 'source' | 'target';
  /** The system's error code, or the task's own: the source has CHANGED or is not a FILE, or the task was STOPPED. */
  readonly code: string;
  /** The entry that failed, if it was one of many. */
  readonly name: string;
}

/** Thrown inside a task, where `settle` turns it into data, and by the threads' `run`, for a caller with an alternative. */
export class IoError extends Error {
  readonly failure: IoFailure;

  constructor(failure: IoFailure, options?: ErrorOptions) {
    super(`${failure.side} ${failure.code} ${failure.name}`, options);
    this.failure = failure;
  }
}

/** The outcome of a task: its result, or its failure. */
export type TaskOutcome<Result> = { readonly result: Result } | { readonly failure: IoFailure };

/** Runs work on one side, and names that side if it fails. */
export function at<Result>(side: IoFailure['side'], name: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw toIoError(error, side, name);
  }
}

/** Any error as a IoError of this side. */
export function toIoError(error: unknown, side: IoFailure['side'], name: string): IoError {
  if (error instanceof IoError) return error;
  const code = systemErrorCode(error);
  if (code === undefined) throw error;
  return new IoError({ side, code, name }, { cause: error });
}

/** Runs a task to its outcome; errors other than storage failures are rethrown. */
export async function settle<Result>(task: () => Result | Promise<Result>): Promise<TaskOutcome<Result>> {
  try {
    return { result: await task() };
  } catch (error) {
    if (error instanceof IoError) return { failure: error.failure };
    throw error;
  }
}

/** To be called often enough that an abort takes effect within a second. */
export function throwIfStopped(progress: { mustStop(): boolean }): void {
  if (progress.mustStop()) throw new IoError({ side: 'target', code: 'STOPPED', name: '' });
}
