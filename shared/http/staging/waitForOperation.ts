import type { Response } from 'express';
import { hasEnded, isUnfinished, type Operation } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { OperationWatch } from '../../record/operationWatch.ts';
import type { Dependencies } from '../../service/dependencies.ts';

/** The longest time that a timer takes, in ms. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * The operation when it has ended, whichever process runs it; when so many ms are over, when the service stops or when
 * the client goes away, the operation as it is then.
 */
export async function waitForOperation(
  services: Pick<Dependencies, 'operations' | 'operationWatch' | 'isShuttingDown'>,
  operation: Operation,
  response: Response,
  waitMs: number,
): Promise<Operation> {
  const enough = new AbortController();
  const stop = () => enough.abort();
  const timer = setTimeout(stop, Math.min(waitMs, maxTimerMs));
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

/** The longest wait for a phase, in seconds: less than the minute after which proxies cut. */
const maxWaitSeconds = 50;

/** As above where answers are limited: API Gateway cuts after 30 seconds. */
const maxWaitBehindGatewaySeconds = 20;

/** How long a client would wait, in seconds (-1: as long as is allowed), and whether that is limited further here. */
interface RequestedWait {
  readonly requested: number;
  readonly isAnswerLimited?: boolean;
}

/**
 * The operation when its phase has changed, when so many seconds are over (-1: as many as are allowed), or when the
 * service stops; at once when it has ended (UWS 1.1 §2.2.1.1, WAIT). Ends, too, when the client goes away.
 */
export async function waitForPhase(
  services: {
    readonly operations: OperationRecord;
    readonly watch: Pick<OperationWatch, 'whenPhaseChanged'>;
  },
  operation: Operation,
  response: Response,
  { requested, isAnswerLimited }: RequestedWait,
): Promise<Operation> {
  if (!isUnfinished(operation.phase) || requested === 0) return operation;
  const most = isAnswerLimited ? maxWaitBehindGatewaySeconds : maxWaitSeconds;
  const waitSeconds = requested < 0 ? most : Math.min(requested, most);
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
