import type { Router } from 'express';
import serverless from 'serverless-http';
import { type Config, parseConfig } from '../config/config.ts';
import type { CommonDependencies } from '../dependencies.ts';
import { createApp } from './app.ts';

/**
 * An AWS Lambda handler (API Gateway, both payload formats) that serves one function's routes. The dependencies are
 * made at the first event and kept as long as the instance lives. Bodies are binary: downloads arrive as they are.
 */
export function createLambdaHandler<Needed extends CommonDependencies>(
  createDependencies: (config: Config) => Promise<Needed>,
  createRouter: (dependencies: Needed) => Router,
): serverless.Handler {
  let ready: Promise<serverless.Handler> | undefined;
  const start = async () => {
    const dependencies = await createDependencies(parseConfig(process.env));
    return serverless(createApp(dependencies, [createRouter(dependencies)]), { binary: true });
  };
  return async (event, context) => {
    ready ??= start().catch((error: unknown) => {
      // The next event tries anew.
      ready = undefined;
      throw error;
    });
    const handler = await ready;
    return handler(event, context);
  };
}
