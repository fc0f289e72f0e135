import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { InvocationConfig } from '../../config/executorConfig.ts';
import type { OperationsEvent } from './operationsEvent.ts';

/** Invokes this function with an event, without waiting for the result. @throws when AWS Lambda does not accept it */
export type Invoke = (event: OperationsEvent) => Promise<void>;

/** Invokes this function itself, without waiting for its answer. */
export function createInvoker({ functionName, endpoint, region }: InvocationConfig): Invoke {
  const client = new LambdaClient({
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000 },
  });
  return async (event) => {
    const command = new InvokeCommand({
      FunctionName: functionName,
      InvocationType: 'Event',
      Payload: JSON.stringify(event),
    });
    await client.send(command);
  };
}
