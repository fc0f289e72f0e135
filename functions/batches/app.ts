import { type Request, type Response, Router } from 'express';
import * as z from 'zod';
import { StagingError } from '../../shared/errors/stagingError.ts';
import type { Transport } from '../../shared/http/answers/transport.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { callerOf, viewerFor } from '../../shared/http/callers.ts';
import {
  batchDetailQuerySchema,
  batchJson,
  batchListQuerySchema,
  batchQuerySchema,
} from '../../shared/http/contract/batches.ts';
import { operationJson } from '../../shared/http/contract/operations.ts';
import { publicPath } from '../../shared/http/publicUrls.ts';
import { onlyQuery, pageLength, parsePart, parseQuery } from '../../shared/http/validation.ts';
import type { Batch, BatchCursor } from '../../shared/model/batch.ts';
import { phases } from '../../shared/model/operation.ts';
import { openStorages } from '../../shared/rucio/openStorages.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createBatchRunner } from './batchRunner.ts';
import { type BatchNow, settleBatch } from './batchState.ts';
import { receiveBatch } from './receiveBatch.ts';

/** `/batches`: many operations requested, shown, aborted and retried together. */
export function createBatchesRouter(dependencies: Dependencies, { buffersAnswers }: Transport): Router {
  const { operations, atShutDown, onSchedule } = dependencies;
  const services = { ...dependencies, ...openStorages(dependencies) };
  const runner = createBatchRunner(dependencies);
  atShutDown(() => runner.stop());
  onSchedule(() => runner.runMaintenance());

  const lengthOf = (limit: number) => pageLength(limit, dependencies.config);
  const answer = async (batch: Batch, response: Response) => {
    response.status(202).location(publicPath(response, `/batches/${batch.id}`));
    response.json(nowJson(await settleBatch(batch, dependencies)));
  };
  /**
   * Behind a gateway nothing runs after the answer, so everything must be in the executor before it. A retried batch is
   * unfinished by then: otherwise a client might be told that it has ended, and stop waiting.
   */
  const startAndAnswer = async (batch: Batch, which: 'queue' | 'retry', response: Response) => {
    const started = runner.start(batch, which);
    if (buffersAnswers) await started.queued;
    else if (which === 'retry') await started.begun;
    await answer(batch, response);
  };
  const findBatch = async (request: Request<{ id: string }>, response: Response): Promise<Batch> => {
    const { id } = request.params;
    const viewer = viewerFor(response);
    const batch = z.uuid().safeParse(id).success ? await operations.batches.find(id, viewer) : null;
    if (!batch) throw new StagingError('BATCH_NOT_FOUND', { id: id.slice(0, 100) });
    return batch;
  };

  const router = Router();
  router
    .route('/batches')
    .get(onlyQuery(batchListQuerySchema), async (request, response) => {
      const { limit, cursor, ...filter } = parseQuery(request, batchListQuerySchema);
      const page = await operations.batches.list(
        filter,
        { limit: lengthOf(limit), cursor },
        viewerFor(response),
      );
      const shown = [];
      for (const batch of page.batches) {
        const isKnown = batch.finishedAt !== null;
        shown.push(
          isKnown ? batchJson(batch, batch.endCounts) : nowJson(await settleBatch(batch, dependencies)),
        );
      }
      response.json({ batches: shown, next_cursor: page.nextCursor });
    })
    .post(onlyQuery(batchQuerySchema), async (request, response) => {
      const { batch, isReplay } = await receiveBatch(request, response, services);
      if (isReplay) {
        response.set('Idempotent-Replayed', 'true');
        await answer(batch, response);
      } else await startAndAnswer(batch, 'queue', response);
    })
    .all(onlyMethods('GET', 'HEAD', 'POST'));
  router
    .route('/batches/:id')
    .get(onlyQuery(batchDetailQuerySchema), async (request, response) => {
      const { limit, phase, cursor: value } = parseQuery(request, batchDetailQuerySchema);
      const cursor = parsePart({ name: 'query.cursor', value, schema: cursorSchema });
      const now = await settleBatch(await findBatch(request, response), dependencies);
      const page = await operations.batches.listOperations(now.batch.id, {
        limit: lengthOf(limit),
        cursor,
        phase,
      });
      response.json({
        ...nowJson(now),
        operations: page.operations.map((operation) => operationJson(operation, dependencies.config)),
        next_cursor: page.next && Buffer.from(`${page.next.phase}:${page.next.id}`).toString('base64url'),
      });
    })
    .delete(onlyQuery(), async (request, response) => {
      const now = await runner.abort(await findBatch(request, response));
      response.status(now.batch.phase === 'ABORTED' ? 200 : 202).json(nowJson(now));
    })
    .all(onlyMethods('GET', 'HEAD', 'DELETE'));
  router
    .route('/batches/:id/retry')
    .post(onlyQuery(), async (request, response) => {
      const now = await settleBatch(await findBatch(request, response), dependencies);
      checkRetryable(now);
      if (callerOf(response).scopes) {
        const reason = 'your token is limited to some sources; retry the operations one by one';
        throw new StagingError('SOURCE_FORBIDDEN', { path: `the batch ${now.batch.id}`, reason });
      }
      await startAndAnswer(now.batch, 'retry', response);
    })
    .all(onlyMethods('POST'));
  return router;
}

const nowJson = ({ batch, counts, whole }: BatchNow) => batchJson(batch, counts, whole);

/** @throws NOT_RETRYABLE */
function checkRetryable({ batch, counts }: BatchNow): void {
  const refuse = (reason: string) => new StagingError('NOT_RETRYABLE', { reason });
  if (batch.operationsTotal === 0) throw refuse('the batch was not accepted');
  if (batch.allOrNothing && batch.finishedAt === null) throw refuse('the batch has not ended');
  if (counts.phases.ERROR + counts.phases.ABORTED === 0) throw refuse('no operation of the batch has failed');
}

/** A cursor of a batch's operations: opaque to clients, a phase and an id as base64url. */
const cursorSchema = z
  .string()
  .max(128)
  .transform((text) => Buffer.from(text, 'base64url').toString().split(':'))
  .pipe(z.tuple([z.enum(phases), z.uuid()]))
  .transform(([phase, id]): BatchCursor => ({ phase, id }))
  .optional();
