import type { Config } from '../../config/config.ts';
import { StagingError, toStagingError } from '../../errors/stagingError.ts';
import { inLogContext, setRequestId } from '../../logging/logContext.ts';
import { logError } from '../../logging/logError.ts';
import { theService } from '../../model/caller.ts';
import { hasEnded, type Operation } from '../../model/operation.ts';
import { recordedRequest } from '../../staging/parseRequest.ts';
import type { FindMethod } from '../executor.ts';
import { recordFailure } from './recordFailure.ts';
import type { RunContext } from './runContext.ts';
import { type RunServices, runRequest } from './runRequest.ts';
import { waitForDatabase } from './waitForDatabase.ts';

/** What is needed to run operations that are only in the record. */
export interface RecordedServices extends RunServices {
  readonly config: Config;
  readonly findMethod: FindMethod;
}

/**
 * Runs a submitted operation, whose record is read now that it has a slot. No request waits for it: its error goes into
 * its record and the log. Never rejects.
 */
export async function runRecorded(
  services: RecordedServices,
  id: string,
  context: RunContext,
): Promise<void> {
  const { operations, logger } = services;
  const { signal } = context;
  await inLogContext({ operationId: id }, async () => {
    try {
      const operation = await waitForDatabase(() => operations.find(id, theService), { logger, signal });
      if (!operation) throw new StagingError('OPERATION_NOT_FOUND', { id });
      if (hasEnded(operation)) return;
      setRequestId(operation.requestId);
      const { method, request } = await readSubmitted(services, operation);
      await runRequest(services, method, request, context);
    } catch (thrown) {
      logError(logger, toStagingError(thrown));
    }
  });
}

/** @throws its error, after it was recorded */
async function readSubmitted({ config, findMethod, operations }: RecordedServices, operation: Operation) {
  try {
    const { method, request } = recordedRequest(operation, config);
    return { method: await findMethod(method), request };
  } catch (thrown) {
    await recordFailure(operations, operation.id, toStagingError(thrown));
    throw thrown;
  }
}
