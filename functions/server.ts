import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, BlockList } from 'node:net';
import type { Router } from 'express';
import { type Config, parseConfig } from '../shared/config/config.ts';
import { ConfigError } from '../shared/config/configError.ts';
import type { FunctionName } from '../shared/config/settings.ts';
import { streamedTransport, type Transport } from '../shared/http/answers/transport.ts';
import { createApp } from '../shared/http/app.ts';
import { createHealthRouter } from '../shared/http/health.ts';
import { createRateLimits } from '../shared/http/limits/rateLimits.ts';
import { answerUnreadable, endSlowBodies } from '../shared/http/limits/serverRefusals.ts';
import { limitUnderWay, trackOpenAnswers } from '../shared/http/limits/underWay.ts';
import { createMetricsRouter, measureRequests } from '../shared/http/metrics.ts';
import { listeningUrls } from '../shared/http/publicUrls.ts';
import { createMetricsRegistry, createOperationMetrics } from '../shared/metrics/operationMetrics.ts';
import { addQueueMetrics, addRedisQueueMetrics, addSpaceMetrics } from '../shared/metrics/processMetrics.ts';
import { onStopSignal } from '../shared/process/stopSignal.ts';
import type { Dependencies } from '../shared/service/dependencies.ts';
import { explainStartFailure } from '../shared/service/startFailure.ts';
import { createBatchesRouter } from './batches/app.ts';
import { createBrowseRouter } from './browse/app.ts';
import { createCreateFileRouter } from './createFile/app.ts';
import { createDownloadFileRouter } from './downloadFile/app.ts';
import { createLogsRouter } from './logs/app.ts';
import { createDependenciesOfAllMethods, servedMethods } from './methods.ts';
import { createOperationsRouter } from './operations/app.ts';
import { createSiteRouter } from './site/app.ts';
import { createStageDataRouter } from './stageData/app.ts';
import { createStageJupyterRouter } from './stageJupyter/app.ts';
import { createStageLocalRouter } from './stageLocal/app.ts';
import { createStageSymlinkRouter } from './stageSymlink/app.ts';
import { createUwsRouter } from './uws/app.ts';

type CreateRouter = (dependencies: Dependencies, transport: Transport) => Router;

/** Each function's routes. Without `import()`, which would divide the bundle into many small files. */
const functions: Readonly<Record<FunctionName, CreateRouter>> = {
  stageData: createStageDataRouter,
  stageLocal: createStageLocalRouter,
  stageSymlink: createStageSymlinkRouter,
  stageJupyter: createStageJupyterRouter,
  downloadFile: createDownloadFileRouter,
  operations: createOperationsRouter,
  batches: createBatchesRouter,
  uws: createUwsRouter,
  logs: createLogsRouter,
  createFile: createCreateFileRouter,
  browse: createBrowseRouter,
  site: createSiteRouter,
};

async function main(): Promise<void> {
  const config = parseConfig(process.env);
  refuseInvocations(config);
  await refuseInsecure(config);
  const registry = createMetricsRegistry();
  const dependencies = await createDependenciesOfAllMethods(config, {
    claims: servedMethods(config),
    observer: createOperationMetrics(registry),
    ...(config.queue && {
      openBell: async (services) =>
        (await import('../shared/executor/bullmq/redisBell.ts')).openBellForRequests(services),
    }),
  });
  addQueueMetrics(registry, dependencies.executor);
  if (dependencies.queue) addRedisQueueMetrics(registry, dependencies.queue);
  addSpaceMetrics(registry, config, dependencies.userAreas.space);
  const routers = config.functions.map((name) => functions[name](dependencies, streamedTransport));
  // The function `stageData` has these routes; alone, that of the record has no user areas.
  if (config.functions.includes('operations') && !config.functions.includes('stageData')) {
    const { createStagedDataRouter } = await import('./operations/stagedData.ts');
    routers.push(createStagedDataRouter(dependencies));
  }
  // Probes and Prometheus need their endpoints, whichever functions are served.
  const watching = [createHealthRouter(dependencies), createMetricsRouter(registry)];
  const openAnswers = trackOpenAnswers();
  process.once('exit', openAnswers.breakOff);
  const app = createApp(
    { ...dependencies, limitRates: createRateLimits(dependencies) },
    [openAnswers.handler, measureRequests(registry), limitUnderWay(config.limits), ...watching, ...routers],
    listeningUrls(config.host),
  );
  const server = createServer({ maxHeaderSize: config.limits.maxHeaderBytes }, app);
  answerUnreadable(server, dependencies.logger);
  endSlowBodies(server, config.limits, dependencies.logger);
  // A large body or download may take hours; only the headers have a time limit.
  server.requestTimeout = 0;
  server.keepAliveTimeout = config.keepAliveTimeoutMs;
  // Longer, so that a request on a connection that was idle until just now is not cut short.
  server.headersTimeout = config.keepAliveTimeoutMs + headersMs;
  server.listen(config.port, config.host);
  await once(server, 'listening');
  stopOnSignals(server, dependencies);
  announce(server, config, dependencies);
}

/** A server cannot invoke itself, even if the environment has the variables of a function. */
function refuseInvocations({ invocation }: Config): void {
  if (!invocation) return;
  throw new ConfigError(
    'EXECUTOR is "lambda", and must be in-process or bullmq for a server: only a function on AWS Lambda can invoke itself',
  );
}

/** Without AUTH_MODE everybody may do everything, so listening beyond this machine must be allowed explicitly. */
async function refuseInsecure(config: Config): Promise<void> {
  if (config.identity.modes.length > 0 || config.isInsecureAllowed || (await isLoopback(config.host))) return;
  throw new ConfigError(
    `HOST is "${config.host}", which other machines can reach, but AUTH_MODE is none, so everybody may do everything; ` +
      'set AUTH_MODE to identify callers, listen on 127.0.0.1, or set ALLOW_INSECURE=true to allow it',
  );
}

function announce(server: Server, config: Config, { logger }: Dependencies): void {
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' && address ? address.port : config.port;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  logger.info({ functions: config.functions, source_storage: config.sourceStoragePath }, 'service started');
  process.stdout.write(
    `Listening on http://${host}:${port}\n` +
      `  source storage  ${config.sourceStoragePath}\n` +
      `  user areas      ${config.targetStoragePath}\n` +
      `  log file        ${config.logFile?.path ?? 'none'}\n` +
      `  API             http://${host}:${port}/docs\n`,
  );
}

/** How long the headers of a request may take, in ms. */
const headersMs = 60_000;

/** How long answers in progress at the very end may take, in ms. */
const lastAnswersMs = 2000;

/** Lets operations end, and then the answers that report them. */
function stopOnSignals(server: Server, { logger, config, shutDown }: Dependencies): void {
  onStopSignal(config.shutdownTimeoutMs, async (signal) => {
    logger.info({ signal }, 'shutting down: waiting for running operations');
    await shutDown();
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), lastAnswersMs);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`The service did not start: ${explainStartFailure(error)}\n`);
  process.exit(1);
});

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether all addresses of a host name or address are loopback. */
async function isLoopback(host: string): Promise<boolean> {
  const addresses = await lookup(host, { all: true }).catch(() => []);
  return (
    addresses.length > 0 &&
    addresses.every(({ address, family }) => loopback.check(address, family === 6 ? 'ipv6' : 'ipv4'))
  );
}
