import { AsyncResource } from 'node:async_hooks';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { v4 as uuid } from 'uuid';
import type { Config } from '../config/config.ts';
import { StagingError, toStagingError } from '../errors/stagingError.ts';
import { currentRequestId, withLogContext } from '../logging/logContext.ts';
import { logError } from '../logging/logError.ts';
import { problemOf } from './contract/problem.ts';
import { allowOrigins } from './cors.ts';
import { askLater, isEventSource, streamBegin } from './eventStream.ts';

/** What an app needs beside its routes. */
export interface AppServices {
  readonly config: Pick<Config, 'corsOrigins'>;
  readonly logger: Logger;
  /** Whether new requests are turned away. */
  isShuttingDown(): boolean;
}

/** An Express app that serves these routes, with what all functions have in common around them. */
export function createApp(services: AppServices, routers: readonly RequestHandler[]): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(
    inRequestContext,
    helmet(securityHeaders),
    logRequest(services.logger),
    // Before anything that can fail: an error, too, is only readable with these headers.
    ...allowOrigins(services.config.corsOrigins),
    refuseWhenShuttingDown(services),
  );
  for (const router of routers) app.use(router);
  app.use((request) => {
    throw new StagingError('ROUTE_NOT_FOUND', { path: request.path });
  });
  app.use(answerError(services.logger));
  return app;
}

/** Answers to the HTTP methods that a route does not have. To be put last on the route. */
export function onlyMethods(...methods: readonly string[]): RequestHandler {
  return (request, response) => {
    response.set('Allow', methods.join(', '));
    throw new StagingError('METHOD_NOT_ALLOWED', { path: request.path, method: request.method });
  };
}

/** The operation that a request is about, for its error's answer. */
export function rememberOperation(locals: Record<string, unknown>, operationId: string): void {
  locals['operationId'] = operationId;
}

const securityHeaders: Parameters<typeof helmet>[0] = {
  // Plain HTTP is served to loopback and behind proxies, which add this themselves.
  strictTransportSecurity: false,
  contentSecurityPolicy: {
    directives: { 'upgrade-insecure-requests': null, 'style-src': ["'self'", "'unsafe-inline'"] },
  },
};

/** Takes the caller's X-Request-Id when it is harmless, else makes one; every line of the request's log carries it. */
const inRequestContext: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id');
  const requestId = given && /^[\w.:=-]{1,64}$/.test(given) ? given : uuid();
  response.set('X-Request-Id', requestId);
  withLogContext({ requestId }, next);
};

/** Says what was asked and how it was answered. The query is left out: it may hold a token. */
function logRequest(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const begin = performance.now();
    let isWhole = false;
    response.once('finish', () => {
      isWhole = true;
    });
    // Whoever closes the connection may do so outside of this request's context.
    const logAnswer = AsyncResource.bind(() => {
      const milliseconds = Math.round(performance.now() - begin);
      const line = {
        http_method: request.method,
        path: request.path,
        status: response.statusCode,
        milliseconds,
      };
      const level = isMereLook(request.method, request.path, response.statusCode) ? 'debug' : 'info';
      logger[level](line, endOf(response, isWhole));
    });
    response.once('close', logAnswer);
    next();
  };
}

/** A stream has no end of its own: its client leaves when it has heard enough. */
function endOf(response: Response, isWhole: boolean): string {
  if (streamBegin(response) !== undefined) return 'event stream ended';
  return isWhole ? 'request answered' : 'request broken off';
}

/** The page looks at logs and operations every few seconds: that is nothing to fill the log with. */
function isMereLook(method: string, path: string, status: number): boolean {
  if (method === 'OPTIONS') return status < 400;
  return (method === 'GET' || method === 'HEAD') && status < 400 && !path.startsWith('/download/');
}

/** When whoever came to a service that stops may find it again, or another one. */
const retryAfterSeconds = 10;

function refuseWhenShuttingDown(services: AppServices): RequestHandler {
  return (request, response, next) => {
    if (!services.isShuttingDown()) return next();
    response.set({ 'Retry-After': String(retryAfterSeconds), Connection: 'close' });
    if (isEventSource(request)) return askLater(response, retryAfterSeconds);
    throw new StagingError('SHUTTING_DOWN');
  };
}

/** Every error becomes problem details (RFC 9457); a surprise is logged with its trace, and told without it. */
function answerError(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const error = thrown instanceof URIError ? badUrl(request.path, thrown) : toStagingError(thrown);
    const { status } = error.definition;
    logError(logger, error);
    if (response.headersSent) {
      // Too late for another answer: breaking off is the only way to say that this one is not whole.
      response.destroy();
      return;
    }
    const operationId: unknown = response.locals['operationId'];
    const problem = problemOf(error, {
      instance: request.path,
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
    { path: JSON.stringify(path), reason: 'it is not encoded as a URL must be' },
    { cause },
  );
}
