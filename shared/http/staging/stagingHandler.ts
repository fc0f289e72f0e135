import { type Request, type RequestHandler, type Response, Router } from 'express';
import type * as z from 'zod';
import { withDeadline } from '../../async/coalesce.ts';
import { toStagingError } from '../../errors/stagingError.ts';
import { hasTokenOfCaller, type Staged } from '../../executor/executor.ts';
import { resultOf } from '../../executor/run/operationEnd.ts';
import { logError } from '../../logging/logError.ts';
import { theService } from '../../model/caller.ts';
import { hasEnded, type Operation } from '../../model/operation.ts';
import type { UserView } from '../../model/operations/userView.ts';
import type { Dependencies } from '../../service/dependencies.ts';
import type { StagingMethod } from '../../staging/stagingMethod.ts';
import { onlyMethods } from '../app.ts';
import type { acceptedAnswerSchema, stagedAnswerSchema } from '../contract/answers/operations.ts';
import { operationJson } from '../contract/operations.ts';
import { stagingQuerySchema } from '../contract/staging.ts';
import { publicPath } from '../publicUrls.ts';
import { onlyQuery } from '../validation.ts';
import { type RecordedCall, recordCall, runRecordedCall } from './recordedCall.ts';
import { readStagingCall, type StagingOrder } from './stagingCall.ts';
import { answerTimeOf } from './stagingHeaders.ts';
import { waitForOperation } from './waitForOperation.ts';

/**
 * A route's handler that stages according to the query and a JSON body, and answers with the operation: when it has
 * ended or, if the client prefers that or it takes too long, before (202). The operation then continues. A repetition
 * with the same Idempotency-Key is answered in the same way, with the operation of the first call.
 */
export function stagingHandler(
  dependencies: Dependencies,
  methodOf: (request: Request) => unknown,
  methodFor: (order: StagingOrder, request: Request, response: Response) => StagingMethod,
): RequestHandler {
  const { operationWatch, executor, config, atShutDown } = dependencies;
  atShutDown(async () => operationWatch.close());
  return async (request, response) => {
    const call = await readStagingCall(request, response, methodOf(request), config.limits);
    const { waitMs, applied } = answerTimeOf(request, response, config.syncTimeoutMs);
    const recorded = await recordCall(dependencies, response, call, {
      methodFor: (order) => methodFor(order, request, response),
      takesSlot: waitMs > 0,
    });
    const method = methodFor(recorded.order, request, response);
    // The answer to a download is the data itself.
    if (method.name === 'direct_download') {
      await runRecordedCall(executor, method, recorded);
      return;
    }
    if (recorded.isReplay) response.set('Idempotent-Replayed', 'true');
    const { operation } = recorded;
    const staged = recorded.isReplay
      ? stagedBefore(await waitForOperation(dependencies, operation, response, waitMs))
      : await stageWithin(waitMs, dependencies, method, recorded);
    if (staged) {
      response.json(stagedAnswer(staged, recorded.order, config));
      return;
    }
    if (applied.length > 0) response.set('Preference-Applied', applied.join(', '));
    response.status(202).location(publicPath(response, `/operations/${operation.id}`));
    response.json(await acceptedAnswer(dependencies, recorded));
  };
}

/** `POST` at a path that stages by one method. */
export function methodRouter(path: string, dependencies: Dependencies, method: StagingMethod): Router {
  const handler = stagingHandler(
    dependencies,
    () => method.name,
    () => method,
  );
  const router = Router();
  router.route(path).post(onlyQuery(stagingQuerySchema), handler).all(onlyMethods('POST'));
  return router;
}

/**
 * The result of the operation; undefined if it is still running after some ms. An operation without a waiting client is
 * submitted by its record, so that thousands may be queued; but not with a token, which is never stored.
 */
async function stageWithin(
  waitMs: number,
  dependencies: Dependencies,
  method: StagingMethod,
  recorded: RecordedCall,
): Promise<Staged | undefined> {
  const { executor, logger } = dependencies;
  const { operation, request } = recorded;
  if (waitMs === 0 && !hasTokenOfCaller(request)) {
    executor.submit([operation]);
    return undefined;
  }
  const answered = new AbortController();
  const running = runRecordedCall(executor, method, recorded, answered.signal);
  const staged = await withDeadline(running, waitMs);
  // The request was already answered: the log is the only place for its error.
  if (staged) return staged;
  answered.abort();
  running.catch((thrown: unknown) => logError(logger, toStagingError(thrown)));
  return undefined;
}

/** The result of an earlier call's operation; undefined if it is still running. @throws StagingError its error */
function stagedBefore(operation: Operation): Staged | undefined {
  return hasEnded(operation) ? resultOf(operation) : undefined;
}

/** After the sentence that clients of the first SKAO Staging Service know. */
const otherVersion =
  '. It is not the current version of the source, and was not changed; stage it under another name to get that version as well';

function stagedAnswer(
  { operation, location }: Staged,
  { username, methodGiven }: StagingOrder,
  site: UserView,
): z.output<typeof stagedAnswerSchema> {
  const message =
    operation.outcome === 'already_present'
      ? `Data already available at ${location}${operation.present === 'differs' ? otherVersion : ''}`
      : `Data staged for user ${username} with method ${methodGiven}`;
  return { status: 'success', message, operation: operationJson(operation, site) };
}

async function acceptedAnswer(
  { operations, config }: Pick<Dependencies, 'operations' | 'config'>,
  { operation: created, order: { username, methodGiven } }: RecordedCall,
): Promise<z.output<typeof acceptedAnswerSchema>> {
  // It continues in any case, so a failure of the database here must not become an error.
  const operation = (await operations.find(created.id, theService).catch(() => null)) ?? created;
  return {
    status: 'accepted',
    message: `Staging for user ${username} with method ${methodGiven} was accepted`,
    operation: operationJson(operation, config),
  };
}
