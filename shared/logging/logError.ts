import type { Logger } from 'pino';
import type { StagingError } from '../errors/stagingError.ts';

/** Logs that something ended with an error, with its stack trace unless the client caused it. */
export function logError(logger: Logger, error: StagingError): void {
  const { code, definition } = error;
  if (definition.status >= 500) logger.error({ err: error, code, class: definition.class }, error.message);
  else logger.info({ code, class: definition.class }, error.message);
}
