import { StagingError } from '../../errors/stagingError.ts';
import { theService } from '../../model/caller.ts';
import type { StagingMethodName } from '../../model/methods.ts';
import type { Operation } from '../../model/operation.ts';
import type { Executor } from '../executor.ts';
import { endQueued, isQueued } from '../run/endQueued.ts';
import { type ClaimServices, runClaimed } from '../run/runClaimed.ts';
import { waitForDatabase } from '../run/waitForDatabase.ts';

/** How many operations are read together. */
const rowsPerPage = 100;

/**
 * Claims and runs what is queued in the record for workers that may no longer exist after `EXECUTOR` was changed: of
 * these methods, what was queued when this was called, with the usual limit. Each operation is claimed like a worker
 * does it, when a slot is free, so that one of all processes runs it; until then it is only in the record.
 * @returns the executor, which now also aborts what is queued there, and stops claiming when it shuts down
 */
export function claimWaiting(services: ClaimServices, methods: readonly StagingMethodName[]): Executor {
  const { executor, operations } = services;
  const stopping = new AbortController();
  const { signal } = stopping;
  const ended = Promise.all(methods.map((method) => claimMethod(services, method, signal)));
  return {
    ...executor,
    async abort(id) {
      await executor.abort(id);
      const operation = await operations.find(id, theService);
      if (operation && isQueued(operation)) {
        await endQueued(services, operation, new StagingError('ABORTED'));
      }
    },
    async shutDown(timeoutMs) {
      stopping.abort();
      await executor.shutDown(timeoutMs);
      await ended;
    },
  };
}

/** Never rejects. */
async function claimMethod(
  services: ClaimServices,
  method: StagingMethodName,
  signal: AbortSignal,
): Promise<void> {
  const ids = findWaiting(services, method, signal);
  const runOneByOne = async () => {
    for (let next = await ids.next(); !next.done; next = await ids.next()) {
      await claimAndRun(services, next.value, signal);
    }
  };
  await Promise.all(Array.from({ length: services.config.concurrency }, runOneByOne));
}

/** The queued operations of a method, the oldest first. */
async function* findWaiting(
  services: ClaimServices,
  method: StagingMethodName,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  const before = new Date();
  let after = '';
  for (;;) {
    const page = await readPage(services, { after, before }, signal);
    for (const operation of page) {
      if (signal.aborted) return;
      if (operation.method === method) yield operation.id;
    }
    const last = page.at(-1);
    if (!last) return;
    after = last.id;
  }
}

/** Nothing after a failure, which is logged. */
async function readPage(
  { operations, logger }: ClaimServices,
  place: { readonly after: string; readonly before: Date },
  signal: AbortSignal,
): Promise<readonly Operation[]> {
  const read = () => operations.findQueued({ ...place, limit: rowsPerPage });
  try {
    return await waitForDatabase(read, { logger, signal });
  } catch (error) {
    if (!signal.aborted)
      logger.error({ err: error }, 'could not read operations that are queued for workers');
    return [];
  }
}

/** Never rejects. */
async function claimAndRun(services: ClaimServices, id: string, signal: AbortSignal): Promise<void> {
  const { operations, executor, logger } = services;
  try {
    const operation = await waitForDatabase(() => operations.claim(id), { logger, signal });
    if (!operation) return;
    logger.info({ operationId: id }, 'claimed an operation that was queued for a worker');
    // It was claimed during the shutdown: the executor starts nothing any more.
    const run: Executor['run'] = async (method, request) => {
      if (signal.aborted) throw new StagingError('INTERRUPTED');
      return executor.run(method, request);
    };
    // What was started is recorded as interrupted by then; the rest is queued again.
    const release = () => operations.release([id]);
    await runClaimed({ ...services, executor: { ...executor, run }, release: release }, operation);
  } catch (error) {
    logger.error(
      { err: error, operationId: id },
      'could not start an operation that was queued for a worker',
    );
  }
}
