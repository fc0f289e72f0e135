import type { Response } from 'express';
import { type Caller, type Viewer, viewerOf } from '../../model/caller.ts';

const callers = new WeakMap<Response, Caller>();

/** Stores the sender of the request of an answer. */
export function setCaller(response: Response, caller: Caller): void {
  callers.set(response, caller);
}

/** The sender of the request of an answer, if known. */
export function findCaller(response: Response): Caller | undefined {
  return callers.get(response);
}

/** The sender of the request of an answer. To be used in handlers of routes that are not public. */
export function callerOf(response: Response): Caller {
  const caller = callers.get(response);
  if (!caller) throw new Error('a public route asked who its caller is');
  return caller;
}

/** The rows of the record that the caller may see. */
export function viewerFor(response: Response): Viewer {
  return viewerOf(callerOf(response));
}
