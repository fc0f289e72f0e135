import type { Response } from 'express';
import { theService } from '../../model/caller.ts';
import { hasEnded, type Operation } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { OperationWatch } from '../../record/operationWatch.ts';
import type { Dependencies } from '../../service/dependencies.ts';
import { answerSignal, type Transport } from '../answers/transport.ts';

/**
 * The operation when it has ended, in whichever process; its current state after some ms, when the service stops or
 * when the client disconnects.
 */
export async function waitForOperation(
  services: Pick<Dependencies, 'operations' | 'operationWatch'>,
  operation: Operation,
  response: Response,
  waitMs: number,
): Promise<Operation> {
  const signal = answerSignal(response, { timeoutMs: waitMs });
  const ended = await services.operationWatch.whenEnded(operation, signal);
  return ended ?? (await services.operations.find(operation.id, theService)) ?? operation;
}

/** The longest wait for a phase, in seconds: less than a minute, after which proxies disconnect. */
const maxWaitSeconds = 50;

/** As above where answers are buffered: API Gateway times out after 30 seconds. */
const maxBufferedWaitSeconds = 20;

interface RequestedWait extends Transport {
  /** How long a client would wait, in seconds (-1: as long as is allowed). */
  readonly requested: number;
}

/**
 * The operation when its phase has changed, after some seconds (-1: as long as is allowed), or when the service stops;
 * immediately if it has ended (UWS 1.1 §2.2.1.1, WAIT). Also ends when the client disconnects.
 */
export async function waitForPhase(
  services: {
    readonly operations: OperationRecord;
    readonly watch: Pick<OperationWatch, 'whenPhaseChanged'>;
  },
  operation: Operation,
  response: Response,
  { requested, buffersAnswers }: RequestedWait,
): Promise<Operation> {
  if (hasEnded(operation) || requested === 0) return operation;
  const most = buffersAnswers ? maxBufferedWaitSeconds : maxWaitSeconds;
  const waitSeconds = requested < 0 ? most : Math.min(requested, most);
  const signal = answerSignal(response, { timeoutMs: waitSeconds * 1000 });
  await services.watch.whenPhaseChanged(operation, signal);
  return (await services.operations.find(operation.id, theService)) ?? operation;
}
