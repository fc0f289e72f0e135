import { AsyncLocalStorage } from 'node:async_hooks';

/** The fields that identify the current work; every line that it logs has them. */
export interface LogContext {
  readonly requestId?: string;
  readonly operationId?: string;
}

type RunningContext = { -readonly [Key in keyof LogContext]: LogContext[Key] };

const running = new AsyncLocalStorage<RunningContext>();

/** Runs the work, and everything that it starts, in this context only, ignoring the surrounding one. */
export function inLogContext<Result>(context: LogContext, work: () => Result): Result {
  return running.run({ ...context }, work);
}

/**
 * Runs the work, and everything that it starts, in a nested context: the surrounding one, overridden by these fields.
 * An id that `setOperationId` sets inside stays inside, so operations of one batch do not get each other's id.
 */
export function withLogContext<Result>(context: LogContext, work: () => Result): Result {
  return running.run({ ...running.getStore(), ...context }, work);
}

/** Sets the operation's id in the innermost running context. Does nothing outside of any context. */
export function setOperationId(id: string): void {
  const context = running.getStore();
  if (context) context.operationId = id;
}

/** Sets the id of the request that the current operation came from, if it is known. */
export function setRequestId(id: string | null): void {
  const context = running.getStore();
  if (context && id !== null) context.requestId = id;
}

/** The id of the current request; undefined outside of requests. */
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
