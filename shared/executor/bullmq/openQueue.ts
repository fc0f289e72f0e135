import type { QueueConfig } from '../../config/config.ts';
import { ConfigError } from '../../config/configError.ts';
import type { ExecutorServices, OpenQueue } from '../executorServices.ts';
import { createBullMqExecutor } from './bullmqExecutor.ts';
import { type OperationQueue, openOperationQueue } from './operationQueue.ts';
import { createQueueRecovery, restoreLostJobs } from './queueRecovery.ts';
import { startQueueWorker } from './queueWorker.ts';

/** Opens the queue for a process that answers requests and queues operations for workers. */
export async function openQueueForRequests(services: ExecutorServices): Promise<OpenQueue> {
  const { config, queue, recovery } = open(services);
  const executor = createBullMqExecutor({ ...services, config, queue, local: services.executor });
  return { executor, state: queue, recovery };
}

/** Opens the queue for a worker, which starts to take operations. On close it stops taking them. */
export async function openQueueForWork(services: ExecutorServices): Promise<OpenQueue> {
  const { config: queueConfig, queue, recovery } = open(services);
  const worker = startQueueWorker({ ...services, queueConfig, queue });
  const { executor } = services;
  const shutDown = async (timeoutMs: number) => {
    const closing = worker.close();
    await executor.shutDown(timeoutMs);
    await closing;
  };
  return { executor: { ...executor, shutDown }, state: queue, recovery };
}

function open(services: ExecutorServices) {
  const config = queueConfigOf(services);
  const queue: OperationQueue = openOperationQueue(config, services.logger);
  services.atShutDown(() => queue.close());
  const stopping = new AbortController();
  restoreLostJobs({ ...services, queue }, stopping.signal);
  services.atShutDown(async () => stopping.abort());
  return { config, queue, recovery: createQueueRecovery({ ...services, queue }) };
}

function queueConfigOf({ config }: ExecutorServices): QueueConfig {
  if (config.queue) return config.queue;
  throw new ConfigError(
    'EXECUTOR is "in-process", and must be bullmq for a worker, and for a service with workers',
  );
}
