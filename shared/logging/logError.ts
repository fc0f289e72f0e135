import { types } from 'node:util';
import type { Logger } from 'pino';
import type { StagingError } from '../errors/stagingError.ts';
import { withSourcePlaces } from '../process/build.ts';

/** Logs that something ended with an error, with its stack trace unless the client caused it. */
export function logError(logger: Logger, error: StagingError): void {
  const { code, definition } = error;
  if (definition.status >= 500) logger.error({ err: error, code, class: definition.class }, error.message);
  else logger.info({ code, class: definition.class }, error.message);
}

const deepestCause = 8;
const maxErrors = 20;

/**
 * An error as a value for a log line: its type, message, stack, causes and aggregated errors, and only plain values of
 * its other members, because the requests, responses and sockets in errors of libraries are large and contain secrets.
 * Other values are returned unchanged.
 */
export function serializeError(thrown: unknown): unknown {
  return serialize(thrown, 0);
}

function serialize(thrown: unknown, depth: number): unknown {
  if (!isError(thrown)) return thrown;
  const isTooDeep = depth >= deepestCause;
  const errors = 'errors' in thrown ? thrown.errors : undefined;
  return {
    ...plainMembers(thrown),
    type: thrown.name,
    message: thrown.message,
    stack: thrown.stack && withSourcePlaces(thrown.stack),
    ...(thrown.cause !== undefined && !isTooDeep && { cause: serialize(thrown.cause, depth + 1) }),
    ...(Array.isArray(errors) &&
      errors.length > 0 &&
      !isTooDeep && { errors: errors.slice(0, maxErrors).map((error) => serialize(error, depth + 1)) }),
  };
}

/** An error of another realm (a worker, a vm) is not an instance of our Error. */
function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || types.isNativeError(thrown);
}

function plainMembers(error: Error): Record<string, unknown> {
  const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
  return Object.fromEntries(
    Object.entries(error).filter(([name, value]) => name !== 'name' && isPlain(value)),
  );
}
