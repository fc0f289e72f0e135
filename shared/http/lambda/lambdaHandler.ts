import type { RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import serverless from 'serverless-http';
import { type Config, parseConfig } from '../../config/config.ts';
import { StagingError, toStagingError } from '../../errors/stagingError.ts';
import type { Executor } from '../../executor/executor.ts';
import type { InvocationBell } from '../../executor/lambda/invocationBell.ts';
import { isOperationsEvent } from '../../executor/lambda/operationsEvent.ts';
import { createIdentity } from '../../identity/createIdentity.ts';
import type { CommonDependencies, Dependencies } from '../../service/dependencies.ts';
import { explainStartFailure } from '../../service/startFailure.ts';
import type { Transport } from '../answers/transport.ts';
import { createApp } from '../app.ts';
import { problemOf } from '../contract/problem.ts';
import { answerAtTheEnd } from '../staging/stagingHeaders.ts';
import { type GatewayEvent, isScheduledEvent, readGatewayEvent } from './gatewayEvent.ts';

/** The Lambda context, as far as it is used here. */
interface LambdaContext {
  /** How long until the platform ends the function, in ms. */
  getRemainingTimeInMillis?(): number;
}

type LambdaHandler = (event: unknown, context: LambdaContext) => Promise<object>;

interface Instance {
  answer(event: GatewayEvent, context: LambdaContext): Promise<object>;
  readonly executor: Executor | undefined;
  readonly invocations: InvocationBell | undefined;
  runMaintenance(): Promise<void>;
  readonly logger: Logger;
}

/** The dependencies that are needed here. */
interface Needs extends CommonDependencies, Partial<Pick<Dependencies, 'identity'>> {
  readonly executor?: Executor;
  readonly invocations?: InvocationBell | undefined;
}

/** How long running operations have before the timeout, in ms, to stop, clean up and record that. */
const lastMs = 3000;

/** Such an answer, as Base64 in JSON with its headers, stays within AWS Lambda's limit of 6 MB. */
const maxAnswerBytes = 4_500_000;

/**
 * An AWS Lambda handler (API Gateway, both payload formats) that serves one function's routes, runs operations that
 * another invocation of the function passes to it, and runs maintenance on a schedule. The dependencies are created at
 * the first event and kept for the life of the instance. Bodies are binary: downloads arrive unchanged.
 */
export function createLambdaHandler<Needed extends Needs>(
  createDependencies: (config: Config) => Promise<Needed>,
  createRouter: (dependencies: Needed, transport: Transport) => Router,
): LambdaHandler {
  let ready: Promise<Instance> | undefined;
  const start = async (): Promise<Instance> => {
    const dependencies = await createDependencies(parseConfig(process.env));
    const router = createRouter(dependencies, { buffersAnswers: true });
    const { config, executor, invocations, runMaintenance, logger } = dependencies;
    const identity = dependencies.identity ?? (await createIdentity({ config, logger, record: undefined }));
    const ends = answerAtTheEnd({ canHandOver: invocations !== undefined });
    const urls = new WeakMap<object, readonly URL[]>();
    const app = createApp(
      { ...dependencies, identity },
      [failWhenBrokenOff, ends, router],
      (request) => urls.get(request) ?? [],
    );
    const answer = ({ event, publicUrl }: GatewayEvent, context: LambdaContext) => {
      const noteUrl = (request: object) => void (publicUrl && urls.set(request, [publicUrl]));
      return serverless(app, { binary: true, request: noteUrl })(event, context);
    };
    return { answer, executor, invocations, runMaintenance, logger };
  };
  const whenReady = () => {
    ready ??= start().catch((error: unknown) => {
      // The next event retries.
      ready = undefined;
      // There may be no logger yet; the platform also keeps standard error.
      process.stderr.write(`The function did not start: ${explainStartFailure(error)}\n`);
      throw error;
    });
    return ready;
  };
  const answerEvent = async (event: GatewayEvent, context: LambdaContext) => {
    const instance = await whenReady();
    return beforeTimeout(instance, context, async () => {
      const answered = refuseTooLarge(await instance.answer(event, context));
      await instance.invocations?.sweepIfDue();
      return answered;
    });
  };
  return async (given, context) => {
    if (isOperationsEvent(given)) return runEvent(await whenReady(), given, context);
    if (isScheduledEvent(given)) return keepSchedule(await whenReady(), context);
    const event = readGatewayEvent(given);
    return answerEvent(event, context).catch((error: unknown) => problemAnswer(error, event));
  };
}

/** Runs the operations that another invocation passes on. The result is not read. */
async function runEvent(instance: Instance, event: object, context: LambdaContext): Promise<object> {
  const { invocations, logger } = instance;
  await beforeTimeout(instance, context, async () => {
    if (invocations) await invocations.runEvent(event);
    else logger.warn('ignored an operations event: this function runs no operations');
    await invocations?.sweepIfDue();
  });
  return {};
}

/** Runs maintenance. The result is not read. */
async function keepSchedule(instance: Instance, context: LambdaContext): Promise<object> {
  await beforeTimeout(instance, context, instance.runMaintenance);
  return {};
}

/** Resolves when everything that the event started is done: once the answer is sent, the instance may be frozen. */
async function beforeTimeout<Answer>(
  { executor, invocations }: Instance,
  context: LambdaContext,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const remainingMs = context.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
  const interruptMs = remainingMs - Math.min(lastMs, remainingMs / 4);
  const interrupt = () => {
    invocations?.interrupt();
    void executor?.interrupt();
  };
  const timer = Number.isFinite(interruptMs) ? setTimeout(interrupt, interruptMs) : undefined;
  try {
    return await work();
  } finally {
    // The end of a download is recorded after its last byte.
    await executor?.whenIdle();
    clearTimeout(timer);
  }
}

/** Otherwise the platform would answer with an error without a reason. @throws DOWNLOAD_TOO_LARGE */
function refuseTooLarge(answer: object): object {
  const bytes = 'body' in answer && typeof answer.body === 'string' ? (answer.body.length / 4) * 3 : 0;
  if (bytes > maxAnswerBytes) throw new StagingError('DOWNLOAD_TOO_LARGE', { limitBytes: maxAnswerBytes });
  return answer;
}

/** The answer to a request that could not be passed to the app, as problem details (RFC 9457). */
function problemAnswer(thrown: unknown, { path: instance, requestId }: GatewayEvent): object {
  const error = toStagingError(thrown);
  const problem = problemOf(error, { instance, requestId, operationId: undefined });
  return {
    statusCode: error.definition.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(requestId !== undefined && { 'x-request-id': requestId }),
    },
    body: JSON.stringify(problem),
    isBase64Encoded: false,
  };
}

/**
 * Turns an aborted answer into an error of the function: there is no connection here that could be reset, and nothing
 * of the answer has been sent yet.
 */
const failWhenBrokenOff: RequestHandler = (_request, response, next) => {
  response.destroy = (cause) => {
    response.emit('error', new StagingError('ANSWER_INCOMPLETE', {}, { cause }));
    return response;
  };
  next();
};
