import type * as z from 'zod';
import { ConfigError } from './configError.ts';
import { Secret } from './secret.ts';
import { settingsSchema } from './settings.ts';

type Settings = z.output<typeof settingsSchema>;

/** The queue that workers take operations from. */
export interface QueueConfig {
  readonly redisUrl: Secret;
  readonly name: string;
}

/** How a function on AWS Lambda invokes itself. */
export interface InvocationConfig {
  readonly functionName: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
}

/** @throws ConfigError if the executor needs it and it is not set */
export function queueOf({ EXECUTOR, REDIS_URL, QUEUE_NAME }: Settings): QueueConfig | undefined {
  if (EXECUTOR !== 'bullmq') return undefined;
  if (REDIS_URL === undefined) {
    throw new ConfigError(
      `REDIS_URL is not set, and must be ${settingsSchema.shape.REDIS_URL.description} when EXECUTOR is bullmq`,
    );
  }
  return { redisUrl: new Secret(REDIS_URL), name: QUEUE_NAME };
}

/** @throws ConfigError if this is not a function that can be invoked */
export function invocationOf(settings: Settings): InvocationConfig | undefined {
  const { EXECUTOR, AWS_LAMBDA_FUNCTION_NAME: functionName, LAMBDA_ENDPOINT: endpoint } = settings;
  if (EXECUTOR !== 'lambda') return undefined;
  if (functionName === undefined) {
    throw new ConfigError(
      'EXECUTOR is "lambda", and must be in-process or bullmq where AWS_LAMBDA_FUNCTION_NAME is not set: ' +
        'only a function on AWS Lambda, or in an emulator, can invoke itself',
    );
  }
  const region = settings.AWS_REGION ?? (endpoint === undefined ? undefined : 'us-east-1');
  return { functionName, endpoint, region };
}
