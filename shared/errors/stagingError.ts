import { hideLiveSecrets } from '../process/liveSecrets.ts';
import { type ErrorCode, errorTable } from './errorTable.ts';
import type { ErrorDefinition } from './table/errorDefinition.ts';

/** The values for the `{name}` places of an error's sentence. */
export type ErrorParameters = Readonly<Record<string, string | number>>;

/** One error in a request: where (`body.relative_path`) and what. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

interface StagingErrorOptions extends ErrorOptions {
  readonly errors?: readonly FieldError[];
  /** The complete sentence, if its placeholders are already filled in. */
  readonly sentence?: string;
  /** If it differs from the code's default. */
  readonly automaticRetries?: number;
}

/**
 * The one error class of the service: a code of the error table, its parameters and its cause. Answers and the record
 * contain its sentence, so secrets are redacted in it.
 */
export class StagingError extends Error {
  override readonly name = 'StagingError';
  readonly code: ErrorCode;
  readonly parameters: ErrorParameters;
  readonly errors: readonly FieldError[];
  /** Not a property, because the log would show it with every error. */
  readonly #automaticRetries: number | undefined;

  constructor(code: ErrorCode, parameters: ErrorParameters = {}, options: StagingErrorOptions = {}) {
    super(hideLiveSecrets(options.sentence ?? fillIn(errorTable[code].detail, parameters)), options);
    this.code = code;
    this.parameters = parameters;
    this.errors = (options.errors ?? []).map((each) => ({ ...each, message: hideLiveSecrets(each.message) }));
    this.#automaticRetries = options.automaticRetries;
  }

  /** The error's row in the table. */
  get definition(): ErrorDefinition {
    return errorTable[this.code];
  }

  /** How often the service itself retries an operation that ended with this error. */
  get automaticRetries(): number {
    return this.#automaticRetries ?? this.definition.automaticRetries ?? 0;
  }

  /** Whether the same request may succeed later without a change by the caller. */
  get isRetryable(): boolean {
    return this.definition.class === 'transient';
  }
}

/** Any thrown value as a StagingError; other errors become INTERNAL, with the value as the cause. */
export function toStagingError(thrown: unknown): StagingError {
  return thrown instanceof StagingError ? thrown : new StagingError('INTERNAL', {}, { cause: thrown });
}

/** The `code` of a Node.js system error (`ENOENT`, `ENOSPC`, …), or undefined for anything else. */
export function systemErrorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

function fillIn(sentence: string, parameters: ErrorParameters): string {
  return sentence.replace(/\{(\w+)\}/g, (place, name: string) => String(parameters[name] ?? place));
}

/** The error of a record; INTERNAL if its code is from another version of the service. */
export function recordedError(errorCode: string | null, errorReason: string | null): StagingError {
  const code = isErrorCode(errorCode) ? errorCode : 'INTERNAL';
  return new StagingError(code, {}, { ...(errorReason !== null && { sentence: errorReason }) });
}

function isErrorCode(code: string | null): code is ErrorCode {
  return code !== null && Object.hasOwn(errorTable, code);
}
