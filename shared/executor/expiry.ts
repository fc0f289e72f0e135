import type { Logger } from 'pino';
import { every } from '../async/interval.ts';
import { StagingError } from '../errors/stagingError.ts';
import { withLogContext } from '../logging/logContext.ts';
import type { Operation } from '../model/operation.ts';
import type { OperationRecord } from '../record/operationRecord.ts';
import type { UserAreas } from '../staging/target/targetBase.ts';

/** How often to query for expired data, in ms. */
const lookMs = 10_000;

/** How long before the removal its user is warned: a day, in ms, or a tenth of a shorter lifetime. */
const warningMs = 86_400_000;
const warningPart = 0.1;

interface ExpiryServices {
  readonly operations: OperationRecord;
  readonly userAreas: UserAreas;
  readonly logger: Logger;
}

/**
 * Completes removals that were interrupted, at once; and periodically those, warnings of data that will be removed soon,
 * and the removal of expired data. Several processes may do so.
 */
export function startExpiry(services: ExpiryServices) {
  const stopping = new AbortController();
  const onError = (error: unknown) => services.logger.error({ err: error }, 'removing expired data failed');
  const look = async () => {
    await continueRemovals(services, stopping.signal);
    await warnOfRemovals(services);
    await removeExpired(services, stopping.signal);
  };
  // The space of data that a killed process was removing becomes free as soon as another one starts.
  const looking = continueRemovals(services, stopping.signal)
    .catch(onError)
    .then(() => every(lookMs, look, { signal: stopping.signal, onError }));
  return {
    /** Removes expired data now: for processes that do not live between requests. Never rejects. */
    removeNow: () => look().catch(onError),
    async stop() {
      stopping.abort();
      await looking;
    },
  };
}

/** If a process dies during a removal, others, or its own next start, complete it. */
async function continueRemovals(services: ExpiryServices, signal: AbortSignal): Promise<void> {
  const { operations, logger } = services;
  for (const operation of await operations.findInterruptedRemovals()) {
    if (signal.aborted) return;
    await withLogContext({ operationId: operation.id }, async () => {
      const { continueRemoval } = await import('../staging/staged/removeStaged.ts');
      const { location } = operation;
      try {
        if (await continueRemoval(operation, services)) {
          logger.info({ location }, 'finished the removal that another process had begun');
        }
      } catch (error) {
        logger.warn({ err: error, location }, 'could not finish a removal that another process had begun');
      }
    });
  }
}

async function warnOfRemovals({ operations, logger }: ExpiryServices): Promise<void> {
  const now = Date.now();
  for (const operation of await operations.findUnwarned(new Date(now + warningMs))) {
    const { id, expiresAt, finishedAt, location } = operation;
    const lifetimeMs = Number(expiresAt) - Number(finishedAt);
    if (Number(expiresAt) - Math.min(warningMs, lifetimeMs * warningPart) > now) continue;
    if (!(await operations.recordWarning(id))) continue;
    withLogContext({ operationId: id }, () =>
      logger.warn({ location, expires_at: expiresAt }, 'staged data will be removed when it expires'),
    );
  }
}

async function removeExpired(services: ExpiryServices, signal: AbortSignal): Promise<void> {
  for (const operation of await services.operations.findExpired(new Date())) {
    if (signal.aborted) return;
    await withLogContext({ operationId: operation.id }, () => removeOne(operation, services));
  }
}

async function removeOne(operation: Operation, services: ExpiryServices): Promise<void> {
  const { operations, logger } = services;
  const { id, location } = operation;
  // Loaded on demand, because most sites set no lifetimes.
  const { removeStaged } = await import('../staging/staged/removeStaged.ts');
  try {
    await removeStaged(operation, { by: null, reason: 'lifetime' }, services);
    logger.info({ location }, 'removed expired data');
  } catch (error) {
    const code = error instanceof StagingError ? error.code : undefined;
    if (code === 'REMOVAL_UNDER_WAY') return;
    // The others must still be removed; this one is retried.
    if (code !== 'DATA_CHANGED' && code !== 'DATA_GONE') {
      logger.error({ err: error, location }, 'could not remove expired data');
      return;
    }
    await operations.keepStaged(id);
    logger.warn({ location, code }, 'staged data has changed or is missing; leaving it to its user');
  }
}
