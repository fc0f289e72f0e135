import { AsyncLocalStorage } from 'node:async_hooks';

/** What the work in hand belongs to; every line that it logs carries it. */
export interface LogContext {
  readonly requestId?: string;
  readonly operationId?: string;
}

type RunningContext = { -readonly [Key in keyof LogContext]: LogContext[Key] };

const running = new AsyncLocalStorage<RunningContext>();

/** Does the work, and all that it starts, in this context alone, whatever surrounds it. */
export function inLogContext<Result>(context: LogContext, work: () => Result): Result {
  return running.run({ ...context }, work);
}

/**
 * Does the work, and all that it starts, in a context of its own: the surrounding one with these fields in place of
 * its own. What `setOperationId` adds within stays within, so operations of one batch do not get each other's id.
 */
export function withLogContext<Result>(context: LogContext, work: () => Result): Result {
  return running.run({ ...running.getStore(), ...context }, work);
}

/** Gives the operation's id to the innermost running context. Outside of any context there is nothing to give it to. */
export function setOperationId(id: string): void {
  const context = running.getStore();
  if (context) context.operationId = id;
}

/** Gives the id of the request that the operation in hand was asked for by, where that is known. */
export function setRequestId(id: string | null): void {
  const context = running.getStore();
  if (context && id !== null) context.requestId = id;
}

/** The id of the request in hand; undefined outside of requests. */
export function currentRequestId(): string | undefined {
  return running.getStore()?.requestId;
}

/** The context as the fields of a log line. */
export function contextFields(): { request_id?: string; operation_id?: string } {
  const { requestId, operationId } = running.getStore() ?? {};
  return {
    ...(requestId !== undefined && { request_id: requestId }),
    ...(operationId !== undefined && { operation_id: operationId }),
  };
}
