import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { InvocationConfig } from '../../config/config.ts';
import type { OperationsEvent } from './operationsEvent.ts';

/** Has another invocation of this function look after an event. @throws when AWS Lambda does not take it */
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
