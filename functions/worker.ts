import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import express from 'express';
import { type Config, parseConfig } from '../shared/config/config.ts';
import { ConfigError } from '../shared/config/configError.ts';
import type { QueueConfig } from '../shared/config/executorConfig.ts';
import { openBellForWork } from '../shared/executor/bullmq/redisBell.ts';
import { createHealthRouter } from '../shared/http/health.ts';
import { createMetricsRouter } from '../shared/http/metrics.ts';
import { createMetricsRegistry, createOperationMetrics } from '../shared/metrics/operationMetrics.ts';
import { addRedisQueueMetrics, addSpaceMetrics } from '../shared/metrics/processMetrics.ts';
import { onStopSignal } from '../shared/process/stopSignal.ts';
import { queueWorkerId } from '../shared/process/workerId.ts';
import type { Dependencies } from '../shared/service/dependencies.ts';
import { explainStartFailure } from '../shared/service/startFailure.ts';
import { createDependenciesOfAllMethods } from './methods.ts';

async function main(): Promise<void> {
  const config = parseConfig(process.env, { hasLogFile: false });
  const queue = queueOf(config);
  const registry = createMetricsRegistry();
  const dependencies = await createDependenciesOfAllMethods(config, {
    worker: queueWorkerId(),
    observer: createOperationMetrics(registry),
    waitsForDatabase: true,
    releases: true,
    openBell: openBellForWork,
  });
  if (dependencies.queue) addRedisQueueMetrics(registry, dependencies.queue);
  addSpaceMetrics(registry, config, dependencies.userAreas.space);
  const server = await listen(config, [createHealthRouter(dependencies), createMetricsRouter(registry)]);
  stopOnSignals(dependencies);
  announce(config, queue, server);
}

/** @throws ConfigError */
function queueOf({ queue, executor }: Config): QueueConfig {
  if (queue) return queue;
  throw new ConfigError(
    `EXECUTOR is "${executor}", and must be bullmq for a worker, as it is for the service`,
  );
}

/** Serves probes and Prometheus, if a port is set for that; a worker has no other endpoints. */
async function listen(
  { workerPort, host }: Config,
  routers: readonly express.Router[],
): Promise<Server | undefined> {
  if (workerPort === undefined) return undefined;
  const server = createServer(express().use(...routers));
  server.listen(workerPort, host);
  await once(server, 'listening');
  return server;
}

function announce(config: Config, queue: QueueConfig, server: Server | undefined): void {
  const address = server?.address();
  const port = typeof address === 'object' && address ? address.port : undefined;
  process.stdout.write(
    `Taking operations from the queue "${queue.name}", ${config.concurrency} at once\n` +
      `  source storage  ${config.sourceStoragePath}\n` +
      `  user areas      ${config.targetStoragePath}\n` +
      (port === undefined ? '' : `  health, metrics http://${config.host}:${port}\n`),
  );
}

/** Lets operations end, and releases the others. */
function stopOnSignals({ logger, config, shutDown }: Dependencies): void {
  onStopSignal(config.shutdownTimeoutMs, async (signal) => {
    logger.info({ signal }, 'shutting down: waiting for running operations; others return to the queue');
    await shutDown();
    process.exit(0);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`The worker did not start: ${explainStartFailure(error)}\n`);
  process.exit(1);
});
