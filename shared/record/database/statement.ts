/** A statement and what fills its `?` places. */
export interface FilledStatement {
  readonly sql: string;
  readonly values: readonly (string | number | Date | null)[];
}
