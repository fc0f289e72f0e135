import type { Router } from 'express';
import serverless from 'serverless-http';
import { parseConfig } from '../config/config.ts';
import { createDependencies, type Dependencies } from '../dependencies.ts';
import { createApp } from './app.ts';

/** Makes a function's routes of the dependencies. */
export type CreateRouter = (dependencies: Dependencies) => Router;

/**
 * An AWS Lambda handler (API Gateway, both payload formats) that serves one function's routes. The dependencies are
 * made at the first event and kept as long as the instance lives. Bodies are binary: downloads arrive as they are.
 */
export function createLambdaHandler(createRouter: CreateRouter): serverless.Handler {
  let ready: Promise<serverless.Handler> | undefined;
  return async (event, context) => {
    ready ??= createHandler(createRouter).catch((error: unknown) => {
      // The next event tries anew.
      ready = undefined;
      throw error;
    });
    const handler = await ready;
    return handler(event, context);
  };
}

async function createHandler(createRouter: CreateRouter): Promise<serverless.Handler> {
  const dependencies = await createDependencies(parseConfig(process.env));
  return serverless(createApp(dependencies, [createRouter(dependencies)]), { binary: true });
}
