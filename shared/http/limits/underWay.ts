import type { Request, RequestHandler, Response } from 'express';
import type { Limits } from '../../config/limitConfig.ts';
import { StagingError } from '../../errors/stagingError.ts';
import { anybody } from '../../model/caller.ts';
import { findStagingMethod } from '../../model/methods.ts';
import { refuseForNow } from '../answers/eventStream.ts';
import { findCaller } from '../callers.ts';
import { networkOf } from './clientNetwork.ts';

/** When a client may retry: the end of its other answers cannot be predicted. */
const retryAfterSeconds = 10;

const streams = /^\/(?:operations(?:\/[^/]+)?\/events|logs\/stream)\/?$/i;
const downloads = /^\/download\//i;
const methods = /^\/stage[_-]data\/?$/i;

/**
 * Limits the concurrent event streams and downloads of each user, and of all users together, in this process. To be
 * added before the routes.
 * @throws TOO_MANY_AT_ONCE
 */
export function limitUnderWay(limits: Limits): RequestHandler {
  const kinds = {
    'event streams': createCounts(limits.streamsPerUser, limits.streamsPerProcess),
    downloads: createCounts(limits.downloadsPerUser, limits.downloadsPerProcess),
  };
  return (request, response, next) => {
    const what = kindOf(request);
    if (!what) return next();
    const counts = kinds[what];
    const user = userOf(request, response);
    const reached = counts.reached(user);
    if (!reached) {
      counts.add(user);
      response.once('close', () => counts.remove(user));
      return next();
    }
    const error = new StagingError('TOO_MANY_AT_ONCE', { what, ...reached });
    refuseForNow(request, response, retryAfterSeconds, error);
  };
}

function kindOf({ method, path, query }: Request): 'event streams' | 'downloads' | undefined {
  if (method === 'GET' && streams.test(path)) return 'event streams';
  if (method === 'GET' && downloads.test(path)) return 'downloads';
  const staged = query['method'];
  const isDownload = typeof staged === 'string' && findStagingMethod(staged) === 'direct_download';
  return method === 'POST' && methods.test(path) && isDownload ? 'downloads' : undefined;
}

/** The user; without authentication, the address. */
function userOf(request: Request, response: Response): string {
  const caller = findCaller(response);
  if (!caller || caller === anybody) return networkOf(request);
  const named = request.query['username'];
  const isForOther = caller.roles.has('portal') && typeof named === 'string';
  return isForOther ? named : (caller.username ?? caller.name);
}

/** Counts concurrent answers, by user and in all. */
function createCounts(perUser: number, perProcess: number) {
  const counts = new Map<string, number>();
  let all = 0;
  const change = (user: string, by: 1 | -1) => {
    all += by;
    const count = (counts.get(user) ?? 0) + by;
    if (count > 0) counts.set(user, count);
    else counts.delete(user);
  };
  return {
    /** The limit that one more would exceed, and its scope. */
    reached(user: string): { readonly limit: number; readonly whose: string } | undefined {
      if ((counts.get(user) ?? 0) >= perUser) return { limit: perUser, whose: 'one user' };
      return all >= perProcess ? { limit: perProcess, whose: 'all users together' } : undefined;
    },
    add: (user: string) => change(user, 1),
    remove: (user: string) => change(user, -1),
  };
}

/** The answers of a server that have not ended. */
export interface OpenAnswers {
  /** To be added before the routes. */
  readonly handler: RequestHandler;
  /** Aborts all whose clients have received something: nothing else will end them. */
  breakOff(): void;
}

/**
 * Makes every aborted answer reset its connection. If it were closed instead, HTTP/1.0 clients, such as proxies by
 * default, would take the received part for the complete answer.
 */
export function trackOpenAnswers(): OpenAnswers {
  const open = new Set<Response>();
  return {
    handler(_request, response, next) {
      const destroy = response.destroy.bind(response);
      response.destroy = (cause) => {
        response.socket?.resetAndDestroy();
        return destroy(cause);
      };
      open.add(response);
      response.once('close', () => open.delete(response));
      next();
    },
    breakOff() {
      for (const response of open) if (response.headersSent) response.destroy();
    },
  };
}
