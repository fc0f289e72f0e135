/** A statement and the values for its `?` places. */
export interface FilledStatement {
  readonly sql: string;
  readonly values: readonly (string | number | Date | null)[];
}
