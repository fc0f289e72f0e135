import { type ErrorCode, type ErrorDefinition, errorTable } from './errorTable.ts';

/** What fills the `{name}` places of an error's sentence. */
export type ErrorParameters = Readonly<Record<string, string | number>>;

/** One thing that is wrong with a request: where (`body.relative_path`) and what. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

interface StagingErrorOptions extends ErrorOptions {
  readonly errors?: readonly FieldError[];
  /** The whole sentence, where it was filled in before. */
  readonly sentence?: string;
  /** Where it depends on more than the code. */
  readonly automaticRetries?: number;
}

/** The one error type of the service: a code of the error table, with what fills its sentence and its cause. */
export class StagingError extends Error {
  override readonly name = 'StagingError';
  readonly code: ErrorCode;
  readonly parameters: ErrorParameters;
  readonly errors: readonly FieldError[];
  /** No property, for the log would show it with every error. */
  readonly #automaticRetries: number | undefined;

  constructor(code: ErrorCode, parameters: ErrorParameters = {}, options: StagingErrorOptions = {}) {
    super(options.sentence ?? fillIn(errorTable[code].detail, parameters), options);
    this.code = code;
    this.parameters = parameters;
    this.errors = options.errors ?? [];
    this.#automaticRetries = options.automaticRetries;
  }

  /** The error's row in the table. */
  get definition(): ErrorDefinition {
    return errorTable[this.code];
  }

  /** How often the service itself tries again what ended with this. */
  get automaticRetries(): number {
    return this.#automaticRetries ?? this.definition.automaticRetries ?? 0;
  }

  /** Whether the same request may succeed later, with nothing mended by the caller. */
  get isRetryable(): boolean {
    return this.definition.class === 'transient';
  }
}

/** Any thrown value as a StagingError; what is none of ours is INTERNAL, with the value as its cause. */
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

/** The error that a record tells of; INTERNAL where its code is one of another version of the service. */
export function recordedError(errorCode: string | null, errorReason: string | null): StagingError {
  const code = isErrorCode(errorCode) ? errorCode : 'INTERNAL';
  return new StagingError(code, {}, { ...(errorReason !== null && { sentence: errorReason }) });
}

function isErrorCode(code: string | null): code is ErrorCode {
  return code !== null && Object.hasOwn(errorTable, code);
}
