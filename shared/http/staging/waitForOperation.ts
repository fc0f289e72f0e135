import type { Response } from 'express';
import { hasEnded, type Operation } from '../../model/operation.ts';
import type { Dependencies } from '../../service/dependencies.ts';

/** The longest time that a timer takes, in ms. */
const mostTimerMs = 2 ** 31 - 1;

/**
 * The operation when it has ended, whichever process runs it; when so many ms are over, when the service stops or when
 * the client goes away, the operation as it is then.
 */
export async function followOperation(
  services: Pick<Dependencies, 'operations' | 'operationWatch' | 'isShuttingDown'>,
  operation: Operation,
  response: Response,
  waitMs: number,
): Promise<Operation> {
  const enough = new AbortController();
  const stop = () => enough.abort();
  const timer = setTimeout(stop, Math.min(waitMs, mostTimerMs));
  response.once('close', stop);
  try {
    let current = operation;
    while (!hasEnded(current) && !enough.signal.aborted && !services.isShuttingDown()) {
      await services.operationWatch.whenPhaseChanged(current, enough.signal);
      current = (await services.operations.find(operation.id)) ?? current;
    }
    return current;
  } finally {
    clearTimeout(timer);
    response.off('close', stop);
  }
}
