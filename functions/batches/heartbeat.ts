import { every } from '../../shared/async/interval.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';

/** How often the process that receives or queues a batch sends its heartbeat, in ms. */
const heartbeatMs = 10_000;

/** Runs some work on a batch, and sends this process's heartbeat during it. */
export async function withHeartbeat<Result>(
  batchId: string,
  { operations, logger }: Pick<Dependencies, 'operations' | 'logger'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const ended = new AbortController();
  const onError = (error: unknown) => logger.warn({ err: error }, 'heartbeat of a batch failed');
  void every(heartbeatMs, () => operations.batches.heartbeat(batchId), { signal: ended.signal, onError });
  try {
    return await work();
  } finally {
    ended.abort();
  }
}
