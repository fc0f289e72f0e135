import type { Response } from 'express';
import { type Caller, type Viewer, viewerOf } from '../model/caller.ts';

const callers = new WeakMap<Response, Caller>();

/** Remembers who sent the request of an answer. */
export function setCaller(response: Response, caller: Caller): void {
  callers.set(response, caller);
}

/** Who sent the request of an answer, if that is known. */
export function findCaller(response: Response): Caller | undefined {
  return callers.get(response);
}

/** Who sent the request of an answer. To be asked in handlers of routes that are not public. */
export function callerOf(response: Response): Caller {
  const caller = callers.get(response);
  if (!caller) throw new Error('a public route asked who its caller is');
  return caller;
}

/** What the caller may see of the record. */
export function viewerFor(response: Response): Viewer {
  return viewerOf(callerOf(response));
}
