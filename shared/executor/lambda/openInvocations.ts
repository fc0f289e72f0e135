import type { InvocationConfig } from '../../config/config.ts';
import { findStagingMethod } from '../../model/methods.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { Executor, FindMethod } from '../executor.ts';
import type { ExecutorServices } from '../executorServices.ts';
import { createEventRunner } from './eventRunner.ts';
import { createInvoker } from './invoker.ts';
import { createLambdaExecutor } from './lambdaExecutor.ts';
import { createReinvocation, type Reinvocation } from './reinvoke.ts';

/** What a function has that runs its operations in invocations of itself. */
export interface Invocations {
  readonly executor: Executor;
  /** Runs the operations that an event names, or hands them on when `executor.interrupt` is called. Never rejects. */
  runEvent(event: object): Promise<void>;
  /** Asks for invocations anew where none has come. */
  readonly reinvocation: Reinvocation;
}

/** Lets operations run in other invocations of this function, and lets this one run what others hand over. */
export function openInvocations(services: ExecutorServices, config: InvocationConfig): Invocations {
  const { operations, executor: local, findMethod, logger } = services;
  const invoke = createInvoker(config);
  const runner = createEventRunner({ ...services, invoke });
  const executor = createLambdaExecutor({ operations, logger, invoke, local });
  return {
    executor: {
      ...executor,
      async interrupt() {
        runner.interrupt();
        await executor.interrupt();
      },
    },
    runEvent: (event) => runner.run(event),
    reinvocation: createReinvocation(runnable(operations, findMethod), invoke, logger),
  };
}

/** Only those operations that this function has the methods of: others are left to functions that have them. */
function runnable(
  { findQueued }: Pick<OperationRecord, 'findQueued'>,
  findMethod: FindMethod,
): Pick<OperationRecord, 'findQueued'> {
  const canRun = async (named: string | null) => {
    const method = findStagingMethod(named ?? '');
    if (!method) return false;
    return findMethod(method).then(
      () => true,
      () => false,
    );
  };
  return {
    async findQueued(page) {
      const found = await findQueued(page);
      const isOurs = await Promise.all(found.map(({ method }) => canRun(method)));
      return found.filter((_, index) => isOurs[index]);
    },
  };
}
