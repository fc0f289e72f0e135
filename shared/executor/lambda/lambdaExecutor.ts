import type { Logger } from 'pino';
import { chunksOf } from '../../model/chunks.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { StagingRequest } from '../../staging/stagingMethod.ts';
import { type Executor, runsWhereRequested, type Staged } from '../executor.ts';
import { resultOf } from '../run/recordFailure.ts';
import type { Invoke } from './invoker.ts';
import { operationsPerEvent } from './operationsEvent.ts';
import { createEndPolling } from './pollUntilEnded.ts';

interface LambdaExecutorServices {
  readonly operations: OperationRecord;
  readonly logger: Logger;
  readonly invoke: Invoke;
  /** Runs what only this invocation can run. */
  readonly local: Executor;
}

/**
 * An executor that passes operations to other invocations of this function. Requests that need the client's connection,
 * or the caller's own token, which is never stored, still run in this invocation.
 */
export function createLambdaExecutor({
  operations,
  logger,
  invoke,
  local,
}: LambdaExecutorServices): Executor {
  const ends = createEndPolling(operations, logger);
  const handingOver = new Set<Promise<void>>();

  /** First in the record, which decides: without an invocation now, the operation is found there later. */
  const release = async (ids: readonly string[]) => {
    await operations.release(ids);
    await invokeForAll(ids, invoke).catch((error: unknown) => {
      logger.error(
        { err: error, operations: ids.length },
        'could not invoke the function; trying again later',
      );
    });
  };
  const enqueue = (ids: readonly string[]) => {
    const given = release(ids);
    const settled = given.then(
      () => undefined,
      () => undefined,
    );
    handingOver.add(settled);
    void settled.then(() => handingOver.delete(settled));
    return given;
  };
  const runElsewhere = async ({ operationId: id }: StagingRequest): Promise<Staged> => {
    await enqueue([id]);
    return resultOf(await ends.whenEnded(id));
  };
  return {
    ...local,
    run(method, request) {
      return runsWhereRequested(method, request) ? local.run(method, request) : runElsewhere(request);
    },
    takeSlot: (method, request) =>
      runsWhereRequested(method, request) ? local.takeSlot(method, request) : undefined,
    submit(submitted) {
      enqueue(submitted.map(({ id }) => id)).catch((error: unknown) => {
        logger.error({ err: error }, 'could not pass operations to another invocation');
      });
    },
    async interrupt() {
      ends.stop();
      await local.interrupt();
    },
    async whenIdle() {
      // The answer has been sent by now, and an instance has one client at a time.
      ends.stop({ isQuiet: true });
      await Promise.all([local.whenIdle(), ...handingOver]);
    },
    async shutDown(timeoutMs) {
      ends.stop();
      await Promise.all(handingOver);
      await local.shutDown(timeoutMs);
    },
  };
}

/** Invokes the function for operations, a limited number each. */
export async function invokeForAll(ids: readonly string[], invoke: Invoke, continued = 0): Promise<void> {
  for (const some of chunksOf(ids, operationsPerEvent)) await invoke({ stagingOperations: some, continued });
}
