import type { Request, RequestHandler, Response } from 'express';
import type { Limits } from '../config/config.ts';
import { StagingError } from '../errors/stagingError.ts';
import { anybody } from '../model/caller.ts';
import { findStagingMethod } from '../model/methods.ts';
import { findCaller } from './caller.ts';
import { networkOf } from './clientNetwork.ts';
import { askLater, isEventSource } from './eventStream.ts';

/** When a client may ask again: nobody knows when one of its other answers ends. */
const retryAfterSeconds = 10;

const streams = /^\/(?:operations(?:\/[^/]+)?\/events|logs\/stream)\/?$/i;
const downloads = /^\/download\//i;
const methods = /^\/stage[_-]data\/?$/i;

/**
 * Limits how many event streams and downloads each user has under way in this process. To be added before the routes.
 * @throws TOO_MANY_AT_ONCE
 */
export function limitUnderWay({ streamsPerUser, downloadsPerUser }: Limits): RequestHandler {
  const limits = {
    'event streams': { limit: streamsPerUser, counts: new Map<string, number>() },
    downloads: { limit: downloadsPerUser, counts: new Map<string, number>() },
  };
  return (request, response, next) => {
    const what = kindOf(request);
    if (!what) return next();
    const { limit, counts } = limits[what];
    const user = userOf(request, response);
    const count = counts.get(user) ?? 0;
    if (count < limit) {
      counts.set(user, count + 1);
      response.once('close', () => release(counts, user));
      return next();
    }
    response.set('Retry-After', String(retryAfterSeconds));
    if (isEventSource(request)) return askLater(response, retryAfterSeconds);
    throw new StagingError('TOO_MANY_AT_ONCE', { what, limit });
  };
}

function kindOf({ method, path, query }: Request): 'event streams' | 'downloads' | undefined {
  if (method === 'GET' && streams.test(path)) return 'event streams';
  if (method === 'GET' && downloads.test(path)) return 'downloads';
  const staged = query['method'];
  const isDownload = typeof staged === 'string' && findStagingMethod(staged) === 'direct_download';
  return method === 'POST' && methods.test(path) && isDownload ? 'downloads' : undefined;
}

/** Whom it is for; where nobody is asked who they are, the address. */
function userOf(request: Request, response: Response): string {
  const caller = findCaller(response);
  if (!caller || caller === anybody) return networkOf(request);
  const named = request.query['username'];
  const isForOther = caller.roles.has('portal') && typeof named === 'string';
  return isForOther ? named : (caller.username ?? caller.name);
}

function release(counts: Map<string, number>, user: string): void {
  const left = (counts.get(user) ?? 1) - 1;
  if (left > 0) counts.set(user, left);
  else counts.delete(user);
}
