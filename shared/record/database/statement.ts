/** A value for a place of a statement. */
export type SqlValue = string | number | bigint | Date | null;

/** A statement and the values for its `?` places. */
export interface FilledStatement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}
