import type { InvocationConfig } from '../../config/config.ts';
import { findStagingMethod } from '../../model/methods.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { Executor, FindMethod } from '../executor.ts';
import type { ExecutorServices } from '../executorServices.ts';
import { createEventRunner } from './eventRunner.ts';
import { createInvoker } from './invoker.ts';
import { createLambdaExecutor } from './lambdaExecutor.ts';
import { createReinvocation, type Reinvocation } from './reinvoke.ts';

/** What a function needs to run its operations in invocations of itself. */
export interface Invocations {
  readonly executor: Executor;
  /** Runs the operations of an event, or passes them on when `executor.interrupt` is called. Never rejects. */
  runEvent(event: object): Promise<void>;
  /** Invokes the function again for operations whose invocation was lost. */
  readonly reinvocation: Reinvocation;
}

/** Lets other invocations of this function run operations, and this one run those of others. */
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

/** Only operations whose method this function serves: others are left to functions that serve them. */
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
