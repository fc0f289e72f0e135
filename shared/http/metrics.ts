import { type Request, type RequestHandler, type Response, Router } from 'express';
import { Histogram, type Registry } from 'prom-client';
import { streamBegin } from './answers/eventStream.ts';
import { onlyMethods } from './app.ts';

/** From a query of the record to a download of hours, in seconds. */
const durationBuckets = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600, 3600, 36_000];

const knownMethods = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'];

/** `GET /metrics`: the metrics of this process, in the text format of Prometheus. */
export function createMetricsRouter(registry: Registry): Router {
  const router = Router();
  router
    .route('/metrics')
    .get(async (_request, response) => {
      const text = await registry.metrics();
      response.set({ 'Cache-Control': 'no-store', 'Content-Type': registry.contentType }).send(text);
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}

/** Measures all requests. To be added before the routes. */
export function measureRequests(registry: Registry): RequestHandler {
  const duration = new Histogram({
    name: 'staging_http_request_duration_seconds',
    help: 'Duration of requests until their response was sent or aborted, by route, method and class of the status',
    labelNames: ['route', 'method', 'status'],
    buckets: durationBuckets,
    registers: [registry],
  });
  return (request, response, next) => {
    const begin = performance.now();
    response.once('close', () => {
      const labels = { route: routeOf(request), method: methodOf(request), status: statusOf(response) };
      // A stream lasts as long as its client wants; it is measured until it starts.
      const end = streamBegin(response) ?? performance.now();
      duration.observe(labels, (end - begin) / 1000);
    });
    next();
  };
}

/** The pattern of the route, by its first name; never the path, because clients can request any number of them. */
function routeOf(request: Request): string {
  const route: unknown = request.route?.path;
  const pattern: unknown = Array.isArray(route) ? route[0] : route;
  return typeof pattern === 'string' ? pattern : 'other';
}

function methodOf({ method }: Request): string {
  return knownMethods.includes(method) ? method : 'other';
}

function statusOf(response: Response): string {
  const { statusCode, writableFinished } = response;
  const isWhole = writableFinished || streamBegin(response) !== undefined;
  return isWhole ? `${Math.floor(statusCode / 100)}xx` : 'broken_off';
}
