import type { Response } from 'express';
import { isUnfinished, type Operation } from '../../shared/operations/operation.ts';
import type { OperationWatch } from '../../shared/operations/operationWatch.ts';
import type { OperationRepository } from '../../shared/operations/repository.ts';

/**
 * The operation when its phase has changed, when so many seconds are over (-1: as many as are allowed), or when the
 * service stops; at once when it has ended (UWS 1.1 §2.2.1.1, WAIT). Ends, too, when the client goes away.
 */
export async function waitForPhase(
  services: {
    readonly operations: OperationRepository;
    readonly watch: Pick<OperationWatch, 'whenPhaseChanged'>;
  },
  operation: Operation,
  response: Response,
  seconds: { readonly wished: number; readonly most: number },
): Promise<Operation> {
  if (!isUnfinished(operation.phase) || seconds.wished === 0) return operation;
  const waitSeconds = seconds.wished < 0 ? seconds.most : Math.min(seconds.wished, seconds.most);
  const enough = new AbortController();
  const stop = () => enough.abort();
  const timer = setTimeout(stop, waitSeconds * 1000);
  response.once('close', stop);
  try {
    await services.watch.whenPhaseChanged(operation, enough.signal);
  } finally {
    clearTimeout(timer);
    response.off('close', stop);
  }
  return (await services.operations.find(operation.id)) ?? operation;
}
