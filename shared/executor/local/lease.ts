import type { Logger } from 'pino';
import type { OperationProgress } from '../../model/operation.ts';
import type { OperationRepository } from '../../record/operationRecord.ts';

/** How often operations that run or wait say that they live, in ms. */
const heartbeatMs = 10_000;

interface HeartbeatServices {
  readonly operations: OperationRepository;
  readonly logger: Logger;
  /** How far the operations are that run here, by their ids. */
  progress(): ReadonlyMap<string, OperationProgress>;
}

/**
 * Tells the record that this process lives, while any operation runs here.
 * @returns what ends that
 */
export function beatRegularly({ operations, logger, progress }: HeartbeatServices): () => void {
  const beat = async () => {
    const running = progress();
    if (running.size === 0) return;
    await operations
      .heartbeat(running)
      .catch((error: unknown) => logger.error({ err: error }, 'heartbeat failed'));
  };
  const timer = setInterval(() => void beat(), heartbeatMs).unref();
  return () => clearInterval(timer);
}
