import type { Request, RequestHandler, Response } from 'express';
import type { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import type { QueueConfig } from '../../config/executorConfig.ts';
import { StagingError } from '../../errors/stagingError.ts';
import type { Dependencies } from '../../service/dependencies.ts';
import { refuseForNow } from '../answers/eventStream.ts';
import { networkOf } from './clientNetwork.ts';

type Services = Pick<Dependencies, 'config' | 'logger' | 'atShutDown'>;

/** A counter of an address, and its limit per minute. */
interface Limit {
  /** Of the policy, in headers and on Redis. */
  readonly name: string;
  /** For messages. */
  readonly what: string;
  readonly perMinute: number;
  readonly limiter: RateLimiterAbstract;
}

/** Probes and the files of the page: there are many of them, they are cheap, and cannot be used to guess secrets. */
const free = /^\/(?:healthz|readyz|index\.html|config\.json|favicon\.svg|assets\/.*)?$/i;

const metrics = /^\/metrics\/?$/i;

const minuteSeconds = 60;

/**
 * Counts the requests of each address, and its failed authentications (401), on Redis if configured, and refuses
 * further ones until the minute is over.
 * @throws TOO_MANY_REQUESTS
 */
export function createRateLimits(services: Services): RequestHandler {
  let opened: ReturnType<typeof openLimits> | undefined;
  return async (request, response, next) => {
    if (free.test(request.path)) return next();
    opened ??= openLimits(services);
    const { requests, failures } = await opened;
    const address = networkOf(request);
    const [spent, failed] = await Promise.all([
      metrics.test(request.path) ? null : requests && spend(requests, address),
      failures?.limiter.get(address),
    ]);
    if (requests && spent) describe(response, requests, spent);
    if (failures && failed && failed.consumedPoints >= failures.perMinute) {
      return refuse(request, response, failures, failed);
    }
    if (requests && spent && spent.consumedPoints > requests.perMinute) {
      return refuse(request, response, requests, spent);
    }
    if (failures) response.once('finish', () => response.statusCode === 401 && void spend(failures, address));
    next();
  };
}

async function openLimits(services: Services) {
  const { requestsPerMinute, failuresPerMinute, redis: place } = services.config.limits;
  const { RateLimiterMemory, RateLimiterRedis } = (await import('rate-limiter-flexible')).default;
  const isLimited = requestsPerMinute > 0 || failuresPerMinute > 0;
  const redis = isLimited && place ? await connect(services, place) : undefined;
  const limit = (name: string, what: string, perMinute: number): Limit | undefined => {
    if (perMinute === 0) return undefined;
    const options = { points: perMinute, duration: minuteSeconds, keyPrefix: `${place?.name}:${name}` };
    const inProcess = new RateLimiterMemory(options);
    const limiter = redis
      ? new RateLimiterRedis({ ...options, storeClient: redis, insuranceLimiter: inProcess })
      : inProcess;
    return { name, what, perMinute, limiter };
  };
  return {
    requests: limit('requests', 'requests', requestsPerMinute),
    failures: limit('failures', 'requests that do not say who sends them', failuresPerMinute),
  };
}

async function connect({ logger, atShutDown }: Services, { redisUrl }: QueueConfig) {
  const { connectRedis, failFast } = await import('../../executor/bullmq/redis.ts');
  const redis = connectRedis(redisUrl, logger, failFast, 'requests are counted in this process');
  atShutDown(async () => redis.disconnect());
  return redis;
}

/** Counts one more, even if it exceeds the limit. */
async function spend({ limiter }: Limit, address: string): Promise<RateLimiterRes> {
  const { RateLimiterRes } = (await import('rate-limiter-flexible')).default;
  return limiter.consume(address).catch((refused: unknown) => {
    if (refused instanceof RateLimiterRes) return refused;
    throw refused;
  });
}

/** draft-ietf-httpapi-ratelimit-headers-10 */
function describe(response: Response, { name, perMinute }: Limit, spent: RateLimiterRes): void {
  const left = Math.max(0, perMinute - spent.consumedPoints);
  response.set({
    'RateLimit-Policy': `"${name}";q=${perMinute};w=${minuteSeconds}`,
    RateLimit: `"${name}";r=${left};t=${secondsLeft(spent)}`,
  });
}

function refuse(request: Request, response: Response, limit: Limit, spent: RateLimiterRes): void {
  describe(response, limit, spent);
  const error = new StagingError('TOO_MANY_REQUESTS', { what: limit.what, limit: limit.perMinute });
  refuseForNow(request, response, secondsLeft(spent), error);
}

function secondsLeft({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1000));
}
