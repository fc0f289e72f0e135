// The HTTP layer of all functions: each function adds its routes to one app. It promises that every request is parsed
// before it is handled, every error is a problem document, and every answer has a request id.

import { AsyncResource } from 'node:async_hooks';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { v4 as uuid } from 'uuid';
import type { Config } from '../config/config.ts';
import { StagingError, toStagingError } from '../errors/stagingError.ts';
import type { Identity } from '../identity/identity.ts';
import { currentRequestId, withLogContext } from '../logging/logContext.ts';
import { logError } from '../logging/logError.ts';
import { anybody } from '../model/caller.ts';
import { refuseForNow, streamBegin } from './answers/eventStream.ts';
import { authenticate, findCaller } from './callers.ts';
import { problemOf } from './contract/problem.ts';
import { allowOrigins } from './cors.ts';
import {
  browsersToPage,
  type PublicUrls,
  publicPath,
  refuseOtherHosts,
  refuseOtherSites,
} from './publicUrls.ts';

/** The dependencies of an app besides its routes. */
export interface AppServices {
  readonly config: Pick<Config, 'corsOrigins' | 'publicUrls' | 'trustedProxies' | 'identity'>;
  readonly logger: Logger;
  readonly identity: Identity;
  /** Limits the rate of requests; API Gateway does so itself. */
  readonly limitRates?: RequestHandler;
  /** Whether new requests are refused. */
  isShuttingDown(): boolean;
}

/**
 * An Express app with these routes, and everything around them that all functions share. Without the setting
 * PUBLIC_URLS, its public URLs are those known for a request.
 */
export function createApp(
  services: AppServices,
  routers: readonly RequestHandler[],
  knownUrls: PublicUrls,
): Express {
  const { corsOrigins, publicUrls: givenUrls, trustedProxies } = services.config;
  const publicUrls = givenUrls.length > 0 ? () => givenUrls : knownUrls;
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('trust proxy', [...trustedProxies]);
  app.use(
    inRequestContext,
    keepNowhere,
    helmet(securityHeaders),
    logRequest(services.logger),
    // Before anything that can fail: errors are also only readable with these headers.
    ...allowOrigins(corsOrigins),
    refuseOtherHosts(publicUrls),
    refuseOtherSites(publicUrls, corsOrigins),
    refuseWhenShuttingDown(services),
    ...(services.limitRates ? [services.limitRates] : []),
    browsersToPage,
    authenticate(services.identity, services.config),
  );
  for (const router of routers) app.use(router);
  app.use((request) => {
    throw new StagingError('ROUTE_NOT_FOUND', { path: request.path });
  });
  app.use(answerError(services.logger));
  return app;
}

/** Answers HTTP methods that a route does not support. To be added last to the route. */
export function onlyMethods(...methods: readonly string[]): RequestHandler {
  return (request, response) => {
    response.set('Allow', methods.join(', '));
    throw new StagingError('METHOD_NOT_ALLOWED', { path: request.path, method: request.method });
  };
}

/** Sets the operation that a request is about, for an error response. */
export function rememberOperation(locals: Record<string, unknown>, operationId: string): void {
  locals['operationId'] = operationId;
}

const securityHeaders: Parameters<typeof helmet>[0] = {
  // Plain HTTP is served to loopback and behind proxies, which set this header themselves.
  strictTransportSecurity: false,
  contentSecurityPolicy: {
    directives: { 'upgrade-insecure-requests': null, 'style-src': ["'self'", "'unsafe-inline'"] },
  },
};

/** Uses the caller's X-Request-Id if it is valid, else creates one; every log line of the request has it. */
const inRequestContext: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id');
  const requestId = given && /^[\w.:=-]{1,64}$/.test(given) ? given : uuid();
  response.set('X-Request-Id', requestId);
  // Many handlers wait for its end; with those of a stream they are more than Node's usual limit.
  response.setMaxListeners(20);
  withLogContext({ requestId }, next);
};

/** Answers are about users and their data: caches may store only those whose routes allow it. */
const keepNowhere: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** Logs the request and the status of its answer. The query is left out: it may contain a token. */
function logRequest(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const begin = performance.now();
    let isWhole = false;
    response.once('finish', () => {
      isWhole = true;
    });
    // The connection may be closed outside of this request's context.
    const logAnswer = AsyncResource.bind(() => {
      const milliseconds = Math.round(performance.now() - begin);
      const line = {
        http_method: request.method,
        path: request.path,
        status: response.statusCode,
        ...namedCaller(response),
        milliseconds,
      };
      const level = isMereLook(request.method, request.path, response.statusCode) ? 'debug' : 'info';
      logger[level](line, endOf(response, isWhole));
    });
    response.once('close', logAnswer);
    next();
  };
}

/** The caller, with authentication. */
function namedCaller(response: Response): { readonly caller?: string } {
  const caller = findCaller(response);
  return caller === undefined || caller === anybody ? {} : { caller: caller.name };
}

/** A stream has no end of its own: it ends when its client disconnects. */
function endOf(response: Response, isWhole: boolean): string {
  if (streamBegin(response) !== undefined) return 'event stream ended';
  return isWhole ? 'request answered' : 'request broken off';
}

/** The page polls logs and operations every few seconds, which should not fill the log. */
function isMereLook(method: string, path: string, status: number): boolean {
  if (method === 'OPTIONS') return status < 400;
  return (method === 'GET' || method === 'HEAD') && status < 400 && !path.startsWith('/download/');
}

/** When a client may retry: if the service is shutting down, here or at another instance, or if it is busy. */
const retryAfterSeconds = 10;

function refuseWhenShuttingDown(services: AppServices): RequestHandler {
  return (request, response, next) => {
    if (!services.isShuttingDown()) return next();
    response.set('Connection', 'close');
    refuseForNow(request, response, retryAfterSeconds, new StagingError('SHUTTING_DOWN'));
  };
}

/**
 * Turns every error into problem details (RFC 9457); an unexpected one is logged with its stack trace, and returned
 * without it.
 */
function answerError(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const error = thrown instanceof URIError ? badUrl(request.path, thrown) : toStagingError(thrown);
    const { status } = error.definition;
    logError(logger, error);
    if (response.headersSent) {
      // Too late for another answer: only aborting the connection shows that this one is incomplete.
      response.destroy();
      return;
    }
    const mayComeBack = status === 429 || status === 503;
    if (mayComeBack && !response.hasHeader('Retry-After'))
      response.set('Retry-After', `${retryAfterSeconds}`);
    const operationId: unknown = response.locals['operationId'];
    const problem = problemOf(error, {
      instance: publicPath(response, request.path),
      requestId: currentRequestId(),
      operationId: typeof operationId === 'string' ? operationId : undefined,
    });
    response
      .status(status)
      .set('Cache-Control', 'no-store')
      .type('application/problem+json')
      .send(JSON.stringify(problem));
  };
}

function badUrl(path: string, cause: URIError): StagingError {
  return new StagingError(
    'PATH_INVALID',
    { path: JSON.stringify(path), reason: 'it is not valid URL encoding' },
    { cause },
  );
}
