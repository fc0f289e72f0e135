import type { Router } from 'express';
import serverless from 'serverless-http';
import { type Config, parseConfig } from '../config/config.ts';
import type { CommonDependencies } from '../dependencies.ts';
import { StagingError, toStagingError } from '../errors/stagingError.ts';
import type { Executor } from '../executor/inProcess.ts';
import { explainStartFailure } from '../startFailure.ts';
import { createApp } from './app.ts';
import { problemOf } from './contract/problem.ts';
import { failWhenBrokenOff } from './lambda/brokenOff.ts';
import { type GatewayEvent, readGatewayEvent } from './lambda/gatewayEvent.ts';
import { answerAtTheEnd } from './preferences.ts';

/** What AWS Lambda says of an event's surroundings, so far as it matters here. */
interface LambdaContext {
  /** How long until the platform ends the function, in ms. */
  getRemainingTimeInMillis?(): number;
}

type LambdaHandler = (event: unknown, context: LambdaContext) => Promise<object>;

interface Instance {
  readonly answer: serverless.Handler;
  readonly executor: Executor | undefined;
}

/** What running operations get at the end of the time, in ms, to stop, clean up and record that. */
const lastMs = 3000;

/** As Base64 in JSON, and with its headers, such an answer keeps within the 6 MB of AWS Lambda. */
const mostAnswerBytes = 4_500_000;

/**
 * An AWS Lambda handler (API Gateway, both payload formats) that serves one function's routes. The dependencies are
 * made at the first event and kept as long as the instance lives. Bodies are binary: downloads arrive as they are.
 */
export function createLambdaHandler<Needed extends CommonDependencies & { readonly executor?: Executor }>(
  createDependencies: (config: Config) => Promise<Needed>,
  createRouter: (dependencies: Needed, limit: { readonly isAnswerLimited: true }) => Router,
): LambdaHandler {
  let ready: Promise<Instance> | undefined;
  const start = async (): Promise<Instance> => {
    const dependencies = await createDependencies(parseConfig(process.env));
    const router = createRouter(dependencies, { isAnswerLimited: true });
    const app = createApp(dependencies, [failWhenBrokenOff(), answerAtTheEnd(), router]);
    return { answer: serverless(app, { binary: true }), executor: dependencies.executor };
  };
  const answerEvent = async ({ event }: GatewayEvent, context: LambdaContext) => {
    ready ??= start().catch((error: unknown) => {
      // The next event tries anew.
      ready = undefined;
      // There may be no logger yet; the platform keeps what is written here, too.
      process.stderr.write(`The function did not start: ${explainStartFailure(error)}\n`);
      throw error;
    });
    return answerInTime(await ready, event, context);
  };
  return async (given, context) => {
    const event = readGatewayEvent(given);
    return answerEvent(event, context).catch((error: unknown) => problemAnswer(error, event));
  };
}

/** Answers when all is done that the request began: as soon as the answer is out, the instance may be frozen. */
async function answerInTime(
  { answer, executor }: Instance,
  event: object,
  context: LambdaContext,
): Promise<object> {
  const remainingMs = context.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
  const interruptMs = remainingMs - Math.min(lastMs, remainingMs / 4);
  const timer = Number.isFinite(interruptMs)
    ? setTimeout(() => void executor?.interrupt(), interruptMs)
    : undefined;
  try {
    return refuseTooLarge(await answer(event, context));
  } finally {
    // The end of a download is recorded after its last byte.
    await executor?.whenIdle();
    clearTimeout(timer);
  }
}

/** The platform would answer with an error that says nothing. @throws DOWNLOAD_TOO_LARGE */
function refuseTooLarge(answer: object): object {
  const bytes = 'body' in answer && typeof answer.body === 'string' ? (answer.body.length / 4) * 3 : 0;
  if (bytes > mostAnswerBytes) throw new StagingError('DOWNLOAD_TOO_LARGE', { limitBytes: mostAnswerBytes });
  return answer;
}

/** The answer to a request that could not even be asked, as problem details (RFC 9457). */
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
