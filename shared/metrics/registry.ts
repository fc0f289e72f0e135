import { collectDefaultMetrics, Registry } from 'prom-client';

/** How often the delay of the event loop is sampled, in ms. The library's 10 ms wake an idle process 100 times a second. */
const eventLoopSampleMs = 100;

/** A registry of its own for one process, with what Prometheus is told of every Node.js process. */
export function createMetricsRegistry(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: eventLoopSampleMs });
  return register;
}
