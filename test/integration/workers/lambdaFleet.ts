import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import pLimit from 'p-limit';
import {
  bundleOf,
  type LambdaFunction,
  readEvent,
  startLambdaFunction,
} from '../../services/lambda/lambdaFunction.ts';
import { type Fleet, type FleetServices, prepareFleet } from './fleet.ts';
import { readRecord } from './manyFiles.ts';

const scheduled: object = JSON.parse(
  await readFile(new URL('../../fixtures/events/scheduled.json', import.meta.url), 'utf8'),
);

/** How often AWS Lambda invokes a function for one asynchronous event, if it does not return. */
const deliveries = 3;

/** How many instances answer requests. */
const answererCount = 2;

/**
 * Starts the environment of a function on AWS: a gateway, whose instances answer requests and which itself answers 502
 * when they die, and a number of instances for asynchronous invocations. Without any, invocations are lost.
 */
export async function startLambdaFleet(
  fleetServices: FleetServices,
  workerCount: number,
  environment: NodeJS.ProcessEnv = {},
): Promise<Fleet> {
  const { dataDirectory, settings, ofFleet, endRequests, remove } = await prepareFleet(fleetServices);
  const runEvent = async (event: object) => {
    const { use, isEnded } = workers;
    for (let delivered = 0; delivered < deliveries && !isEnded(); delivered += 1) {
      const hasReturned = await use(({ send }) => send(event)).then(
        () => true,
        () => false,
      );
      if (hasReturned) return;
    }
  };
  const lambda = await listen(async (request, response) => {
    const event: object = JSON.parse((await buffer(request)).toString());
    response.writeHead(202, { 'content-type': 'application/json' }).end('{}');
    await runEvent(event);
  });
  const start = () =>
    startLambdaFunction(bundleOf('stageData'), {
      ...settings,
      DATA_DIR: dataDirectory,
      EXECUTOR: 'lambda',
      AWS_LAMBDA_FUNCTION_NAME: 'staging',
      LAMBDA_ENDPOINT: lambda.url,
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_MAX_ATTEMPTS: '1',
      REQUESTS_PER_MINUTE: '0',
      ...environment,
    });
  const answerers = createInstances(start, answererCount);
  let workers = createInstances(start, workerCount);
  const gateway = await listen(async (request, response) => {
    const event = await eventOf(request);
    const answer = await answerers.use(({ invoke }) => invoke(event)).catch(() => undefined);
    response.writeHead(answer?.status ?? 502, answer?.headers).end(answer?.bytes);
  });
  const record = readRecord(settings.DATABASE_URL);
  return {
    ...ofFleet,
    url: gateway.url,
    kill: {
      service: answerers.killOldest,
      worker: () => workers.killOldest(),
      MariaDB: fleetServices.mariadb.killAndRestart,
    },
    output: () => answerers.output() + workers.output(),
    async runSchedule() {
      if (!workers.isIdle()) return;
      // None of them is in flight: five minutes later they are found.
      await record.letQueuedWait(301_000);
      await answerers.use(({ send }) => send(scheduled)).catch(() => undefined);
    },
    /** Undelivered events are lost, too. */
    stop: async () => void (await Promise.all([answerers.killAll(), workers.end()])),
    async start(count) {
      workers = createInstances(start, count);
    },
    async [Symbol.asyncDispose]() {
      endRequests();
      await Promise.all([answerers.end(), workers.end(), record[Symbol.asyncDispose]()]);
      for (const { server } of [gateway, lambda]) server.close();
      await remove();
    },
  };
}

/** Some instances of a function, started on demand. Each gets one event at a time. */
function createInstances(start: () => LambdaFunction, count: number) {
  const atOnce = pLimit(Math.max(count, 1));
  let isEnded = count === 0;
  const ever: LambdaFunction[] = [];
  const alive = new Set<LambdaFunction>();
  const idle = new Set<LambdaFunction>();
  const startAnother = () => {
    const instance = start();
    ever.push(instance);
    alive.add(instance);
    return instance;
  };
  const kill = async (instance: LambdaFunction) => {
    alive.delete(instance);
    idle.delete(instance);
    await instance.kill();
  };
  const killAll = async () => void (await Promise.all([...alive].map(kill)));
  return {
    /** Rejects if the instance dies, or there are none. */
    use: <Value>(work: (instance: LambdaFunction) => Promise<Value>) =>
      atOnce(async () => {
        if (isEnded) throw new Error('There are no instances any more');
        const [instance = startAnother()] = idle;
        idle.delete(instance);
        const value = await work(instance);
        idle.add(instance);
        return value;
      }),
    isIdle: () => atOnce.activeCount + atOnce.pendingCount === 0,
    async killOldest() {
      const [oldest] = alive;
      if (oldest) await kill(oldest);
    },
    killAll,
    isEnded: () => isEnded,
    async end() {
      isEnded = true;
      await killAll();
    },
    output: () => ever.map((instance) => instance.output()).join(''),
  };
}

async function listen(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` };
}

/** API Gateway's event for a request. */
async function eventOf(request: IncomingMessage): Promise<object> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://gateway');
  const { prefer, 'idempotency-key': key } = request.headers;
  return readEvent('stageData', {
    method: request.method ?? 'GET',
    path: pathname,
    query: search.slice(1),
    body: await buffer(request),
    headers: {
      'content-type': request.headers['content-type'] ?? '',
      ...(typeof prefer === 'string' && { prefer }),
      ...(typeof key === 'string' && { 'idempotency-key': key }),
    },
  });
}
