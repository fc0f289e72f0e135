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
  /** The whole sentence, where it was filled in before: of an error that was recorded. */
  readonly sentence?: string;
}

/** The one error type of the service: a code of the error table, with what fills its sentence and its cause. */
export class StagingError extends Error {
  override readonly name = 'StagingError';
  readonly code: ErrorCode;
  readonly parameters: ErrorParameters;
  readonly errors: readonly FieldError[];

  constructor(code: ErrorCode, parameters: ErrorParameters = {}, options: StagingErrorOptions = {}) {
    super(options.sentence ?? fillIn(errorTable[code].detail, parameters), options);
    this.code = code;
    this.parameters = parameters;
    this.errors = options.errors ?? [];
  }

  /** The error's row in the table. */
  get definition(): ErrorDefinition {
    return errorTable[this.code];
  }

  /** Whether the same request may succeed later, with nothing mended by the caller. */
  get isRetryable(): boolean {
    return this.definition.class === 'transient';
  }
}

/** What an operation failed with, from its record. A code of another version of the service is INTERNAL. */
export function recordedError(code: string | null, sentence: string | null): StagingError {
  const known = Object.keys(errorTable).find((name): name is ErrorCode => name === code);
  return new StagingError(known ?? 'INTERNAL', {}, sentence === null ? {} : { sentence });
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
