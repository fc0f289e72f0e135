import { every } from '../../shared/async/interval.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';

/** How often who works at a batch says that it lives, in ms. */
const heartbeatMs = 10_000;

/** Does something for a batch, and says meanwhile that this process lives. */
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
