// Metrics are counted from the record events of this process, so they agree with GET /operations. Labels never contain
// user names, paths or other client text.

import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * How often the delay of the event loop is sampled, in ms. The library's default of 10 ms wakes an idle process 100
 * times a second.
 */
const eventLoopSampleMs = 100;

/** A registry for one process, with the default metrics of Node.js processes. */
export function createMetricsRegistry(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: eventLoopSampleMs });
  return register;
}
