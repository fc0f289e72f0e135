import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.ts';
import type { InvocationConfig } from '../../config/executorConfig.ts';
import { chunksOf } from '../../model/chunks.ts';
import { findStagingMethod } from '../../model/methods.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { LeftoverRemover } from '../../staging/leftovers.ts';
import { type Bell, createSweep, type Receiver } from '../bell.ts';
import type { FindMethod } from '../executor.ts';
import { type OperationsEvent, operationsPerEvent } from './operationsEvent.ts';
import { createEventRunner, type EventRunner } from './runEvent.ts';

/** How often an instance checks for operations without an invocation, in ms. */
const sweepMs = 300_000;

/** How long an operation is queued before the function is invoked again for it, in ms: it may be waiting for a slot. */
const settledMs = 300_000;

interface InvocationServices {
  readonly config: Config;
  readonly logger: Logger;
  readonly operations: OperationRecord;
  readonly findMethod: FindMethod;
  readonly leftoverRemovers: readonly LeftoverRemover[];
}

/** The bell that invokes this function itself, for a function on AWS Lambda. */
export interface InvocationBell extends EventRunner {
  open(receiver: Receiver): Bell;
  /** Invokes the function for the oldest operations whose invocation was lost. Never rejects. */
  sweep(): Promise<void>;
  /** The same, at most every five minutes in one instance. */
  sweepIfDue(): Promise<void>;
}

/** Opens it. Events are run by the executor that opens the bell. */
export function openInvocationBell(services: InvocationServices, config: InvocationConfig): InvocationBell {
  const { operations, findMethod, logger } = services;
  const invoke = createInvoker(config);
  const invokeForAll = async (ids: readonly string[], continued = 0) => {
    try {
      for (const some of chunksOf(ids, operationsPerEvent)) {
        await invoke({ stagingOperations: some, continued });
      }
    } catch (error) {
      logger.error({ err: error, operations: ids.length }, 'could not invoke the function; retrying later');
    }
  };
  const runner = createEventRunner({ ...services, invokeForAll });
  const ring: Bell['ring'] = (queued) => invokeForAll(queued.map(({ id }) => id));
  const sweepOnce = createSweep({
    operations,
    bell: {
      async ringForMissing(found) {
        logger.warn({ operations: found.length }, 'operations had no invocation; invoked the function again');
        await ring(found);
        // Whether all of them ran is checked the next time.
        return 0;
      },
    },
    pageRows: operationsPerEvent,
    settledMs,
    isServed: (method) => isServed(findMethod, method),
  });
  let nextSweep = 0;
  const sweep = async () => {
    nextSweep = Date.now() + sweepMs;
    await sweepOnce().catch((error: unknown) => {
      logger.error({ err: error }, 'could not search for operations without an invocation');
    });
  };
  return {
    ...runner,
    open(receiver) {
      runner.runBy(receiver);
      return {
        ring,
        ringAgain: (operation) => ring([operation]),
        ringForMissing: async () => 0,
        notifyEnd: async () => undefined,
        close: async () => runner.interrupt(),
      };
    },
    sweep,
    async sweepIfDue() {
      if (Date.now() >= nextSweep) await sweep();
    },
  };
}

/** Operations of other methods are left to functions that serve them. */
async function isServed(findMethod: FindMethod, named: string | null): Promise<boolean> {
  const method = findStagingMethod(named ?? '');
  if (!method) return false;
  return findMethod(method).then(
    () => true,
    () => false,
  );
}

/** Invokes this function with an event, without waiting for the result. @throws when AWS Lambda does not accept it */
type Invoke = (event: OperationsEvent) => Promise<void>;

/** Invokes this function itself, without waiting for its answer. */
function createInvoker({ functionName, endpoint, region }: InvocationConfig): Invoke {
  const client = new LambdaClient({
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000 },
  });
  return async (event) => {
    const command = new InvokeCommand({
      FunctionName: functionName,
      InvocationType: 'Event',
      Payload: JSON.stringify(event),
    });
    await client.send(command);
  };
}
