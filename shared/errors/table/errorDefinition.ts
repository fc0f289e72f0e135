/** `transient` errors may succeed on a retry; `permanent`, `auth` and `quota` need a change first. */
export const errorClasses = ['transient', 'permanent', 'auth', 'quota'] as const;

/** One row of the error table: all properties of an error. */
export interface ErrorDefinition {
  readonly status: number;
  readonly title: string;
  readonly class: (typeof errorClasses)[number];
  /** The sentence for users. `{name}` is replaced by the error's parameters. */
  readonly detail: string;
  /** What to do about it, in one sentence. */
  readonly remedy: string;
  /** How often the service itself retries an operation that failed with it: only for transient errors. */
  readonly automaticRetries?: number;
}
