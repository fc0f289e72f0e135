import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { InvocationConfig } from '../../config/executorConfig.ts';
import { chunksOf } from '../../model/chunks.ts';
import { findStagingMethod } from '../../model/methods.ts';
import { type Bell, createSweep, type Receiver } from '../bell.ts';
import type { FindMethod } from '../executor.ts';
import { type OperationsEvent, operationsPerEvent } from './operationsEvent.ts';
import { createEventRunner, type EventServices } from './runEvent.ts';

/** How often an instance checks for operations without an invocation, in ms. */
const sweepMs = 300_000;

/** How long an operation is queued before the function is invoked again for it, in ms: it may be waiting for a slot. */
const settledMs = 300_000;

/** The bell that invokes this function itself, for a function on AWS Lambda. */
export type InvocationBell = ReturnType<typeof openInvocationBell>;

/** Opens it. Events are run by the executor that opens the bell. */
export function openInvocationBell(
  services: EventServices & { readonly findMethod: FindMethod },
  { functionName, endpoint, region }: InvocationConfig,
) {
  const { operations, findMethod, logger } = services;
  const client = new LambdaClient({
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000 },
  });
  /** Does not wait for the result. @throws when AWS Lambda does not accept it */
  const invoke = (event: OperationsEvent) =>
    client.send(
      new InvokeCommand({
        FunctionName: functionName,
        InvocationType: 'Event',
        Payload: JSON.stringify(event),
      }),
    );
  const invokeForAll = async (ids: readonly string[], continued = 0) => {
    try {
      for (const some of chunksOf(ids, operationsPerEvent)) {
        await invoke({ stagingOperations: some, continued });
      }
    } catch (error) {
      logger.error({ err: error, operations: ids.length }, 'could not invoke the function; retrying later');
    }
  };
  const runner = createEventRunner(services, invokeForAll);
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
  /** Invokes the function for the oldest operations whose invocation was lost. Never rejects. */
  const sweep = async () => {
    nextSweep = Date.now() + sweepMs;
    await sweepOnce().catch((error: unknown) => {
      logger.error({ err: error }, 'could not search for operations without an invocation');
    });
  };
  return {
    runEvent: runner.runEvent,
    interrupt: runner.interrupt,
    open(receiver: Receiver): Bell {
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
    /** The same, at most every five minutes in one instance. */
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
