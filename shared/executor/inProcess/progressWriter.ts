import type { Logger } from 'pino';
import type { OperationProgress } from '../../model/operation.ts';
import type { OperationRepository } from '../../record/operationRecord.ts';

/** How often progress is written down, in ms. */
const writeMs = 1000;

interface ProgressServices {
  readonly operations: OperationRepository;
  readonly logger: Logger;
  /** How far the operations are that run here, by their ids. */
  progress(): ReadonlyMap<string, OperationProgress>;
}

/**
 * Writes down once a second how far operations have come, of those that have come further since.
 * @returns what ends that
 */
export function writeProgressRegularly({ operations, logger, progress }: ProgressServices): () => void {
  let written: ReadonlyMap<string, OperationProgress> = new Map();
  let isWriting = false;
  const write = async () => {
    if (isWriting) return;
    const now = progress();
    const moved = new Map([...now].filter(([id, done]) => hasMoved(done, written.get(id))));
    written = now;
    if (moved.size === 0) return;
    isWriting = true;
    try {
      await operations.recordProgress(moved);
    } catch (error) {
      logger.warn({ err: error }, 'progress could not be written down');
    } finally {
      isWriting = false;
    }
  };
  const timer = setInterval(() => void write(), writeMs).unref();
  return () => clearInterval(timer);
}

/** An operation that has just begun has nothing to say yet. */
function hasMoved(
  now: OperationProgress,
  before: OperationProgress = { bytesDone: 0, filesDone: 0 },
): boolean {
  return (
    now.bytesDone !== before.bytesDone ||
    now.filesDone !== before.filesDone ||
    (now.bytesTotal ?? null) !== (before.bytesTotal ?? null) ||
    (now.filesTotal ?? null) !== (before.filesTotal ?? null)
  );
}
