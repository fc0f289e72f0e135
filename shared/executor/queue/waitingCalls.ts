import { AsyncResource } from 'node:async_hooks';
import { StagingError } from '../../errors/stagingError.ts';
import type { Operation } from '../../model/operation.ts';
import type { OperationWatch } from '../../record/operationWatch.ts';
import type { Staged } from '../executor.ts';
import { resultOf } from '../run/operationEnd.ts';
import type { Given } from '../run/runOperation.ts';

interface Call extends Given {
  /** Whether only this process can run the operation. */
  readonly isOwn: boolean;
  /** Runs some work in the context of the call, for the log. */
  inContext<Result>(work: () => Result): Result;
  resolve(staged: Staged | undefined): void;
}

/** The requests that wait here for operations without a slot in this process: none at first. */
export function createWaitingCalls(watch: OperationWatch) {
  const calls = new Map<string, Call & { readonly taken: AbortController }>();
  /** Removes a request, because its operation runs here; the caller settles it. */
  const take = (id: string): Call | undefined => {
    const call = calls.get(id);
    calls.delete(id);
    call?.taken.abort();
    return call;
  };
  /** The operation may end elsewhere, or the client may disconnect. */
  const follow = async (operation: Operation, call: Call, signal: AbortSignal) => {
    const ended = await watch.whenEnded(operation, signal);
    if (calls.get(operation.id) !== call) return;
    const isGivenUp = signal.aborted;
    take(operation.id);
    if (!ended && !isGivenUp) throw new StagingError('OPERATION_CONTINUES', { id: operation.id });
    call.resolve(ended && resultOf(ended));
  };
  return {
    /** Resolves when the operation has ended: here, after `take`, or elsewhere. Undefined when the signal aborts. */
    wait: (
      operation: Operation,
      asked: Pick<Call, 'method' | 'request' | 'isOwn'>,
      signal?: AbortSignal,
    ): Promise<Staged | undefined> =>
      new Promise((resolve, reject) => {
        const { id } = operation;
        const taken = new AbortController();
        const inContext = AsyncResource.bind(<Result>(work: () => Result) => work());
        const call = { ...asked, inContext, resolve, reject, taken };
        calls.set(id, call);
        if (asked.isOwn) return;
        const given = signal ? AbortSignal.any([signal, taken.signal]) : taken.signal;
        follow(operation, call, given).catch(reject);
      }),
    find: (id: string): Call | undefined => calls.get(id),
    take,
    /** Ends the waits for operations that continue without this process. */
    endAll() {
      for (const [id, { isOwn, reject }] of calls) {
        if (isOwn) continue;
        take(id);
        reject(new StagingError('OPERATION_CONTINUES', { id }));
      }
    },
  };
}
