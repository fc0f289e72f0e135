import { createServer, type Server } from 'node:http';
import type { Router } from 'express';
import { type Config, parseConfig } from '../config/config.ts';
import type { CommonDependencies } from '../dependencies.ts';
import { toStagingError } from '../errors/stagingError.ts';
import type { Executor } from '../executor/inProcess.ts';
import { explainStartFailure } from '../startFailure.ts';
import { createApp } from './app.ts';
import { problemOf } from './contract/problem.ts';
import { exchange } from './lambda/exchange.ts';
import { type LambdaAnswer, lambdaAnswer, type WholeAnswer } from './lambda/lambdaAnswer.ts';
import { type LambdaRequest, readEvent } from './lambda/lambdaEvent.ts';

/** What AWS Lambda says of an event's surroundings, so far as it matters here. */
interface LambdaContext {
  /** How long until the platform ends the function, in ms. */
  getRemainingTimeInMillis?(): number;
}

type LambdaHandler = (event: unknown, context: LambdaContext) => Promise<LambdaAnswer>;

interface Instance {
  readonly server: Server;
  readonly executor: Executor | undefined;
}

/** What running operations get at the end of the time, in ms, to stop, clean up and record that. */
const lastMs = 3000;

/**
 * An AWS Lambda handler (API Gateway, both payload formats) that serves one function's routes. The dependencies are
 * made at the first event and kept as long as the instance lives.
 */
export function createLambdaHandler<Needed extends CommonDependencies & { readonly executor?: Executor }>(
  createDependencies: (config: Config) => Promise<Needed>,
  createRouter: (dependencies: Needed, limit: { readonly isAnswerLimited: true }) => Router,
): LambdaHandler {
  let ready: Promise<Instance> | undefined;
  const start = async (): Promise<Instance> => {
    const dependencies = await createDependencies(parseConfig(process.env));
    const router = createRouter(dependencies, { isAnswerLimited: true });
    return { server: createServer(createApp(dependencies, [router])), executor: dependencies.executor };
  };
  const answerEvent = async (request: LambdaRequest, context: LambdaContext) => {
    ready ??= start().catch((error: unknown) => {
      // The next event tries anew.
      ready = undefined;
      // There may be no logger yet; the platform keeps what is written here, too.
      process.stderr.write(`The function did not start: ${explainStartFailure(error)}\n`);
      throw error;
    });
    return answerInTime(await ready, request, context);
  };
  return async (event, context) => {
    const request = readEvent(event);
    const answer = await answerEvent(request, context).catch((error: unknown) =>
      problemAnswer(error, request),
    );
    return lambdaAnswer(request.format, answer);
  };
}

/** Answers when all is done that the request began: as soon as the answer is out, the instance may be frozen. */
async function answerInTime(
  { server, executor }: Instance,
  request: LambdaRequest,
  context: LambdaContext,
): Promise<WholeAnswer> {
  const remainingMs = context.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
  const interruptMs = remainingMs - Math.min(lastMs, remainingMs / 4);
  const timer = Number.isFinite(interruptMs)
    ? setTimeout(() => void executor?.interrupt(), interruptMs)
    : undefined;
  try {
    return await exchange(server, request);
  } finally {
    // The end of a download is recorded after its last byte.
    await executor?.whenIdle();
    clearTimeout(timer);
  }
}

/** The answer to a request that could not even be asked, as problem details (RFC 9457). */
function problemAnswer(thrown: unknown, { target, headers }: LambdaRequest): WholeAnswer {
  const error = toStagingError(thrown);
  const requestId = headers['x-request-id']?.toString();
  const problem = problemOf(error, {
    instance: target.replace(/\?.*/s, ''),
    requestId,
    operationId: undefined,
  });
  return {
    status: error.definition.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(requestId !== undefined && { 'x-request-id': requestId }),
    },
    body: Buffer.from(JSON.stringify(problem)),
  };
}
