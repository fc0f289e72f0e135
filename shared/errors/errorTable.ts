import { accessErrors } from './table/access.ts';
import { catalogueErrors } from './table/catalogue.ts';
import { deliveryErrors } from './table/deliveries.ts';
import type { ErrorDefinition } from './table/errorDefinition.ts';
import { operationErrors } from './table/operations.ts';
import { requestErrors } from './table/requests.ts';
import { serviceErrors } from './table/service.ts';
import { sourceErrors } from './table/sources.ts';
import { storingErrors } from './table/storing.ts';
import { targetErrors } from './table/targets.ts';

export { errorClasses } from './table/errorDefinition.ts';

/**
 * Every error that the service returns or records: the one table of codes. Codes are stable; clients may depend on
 * them. `docs/errors.md` shows the same table, and a test keeps them equal.
 */
export const errorTable = {
  ...sourceErrors,
  ...catalogueErrors,
  ...targetErrors,
  ...storingErrors,
  ...requestErrors,
  ...operationErrors,
  ...accessErrors,
  ...deliveryErrors,
  ...serviceErrors,
};

const definitions: ReadonlyMap<string | null, ErrorDefinition> = new Map(Object.entries(errorTable));

/** The row of a recorded code; undefined when there is none, or the code is not in this table. */
export function findErrorDefinition(code: string | null): ErrorDefinition | undefined {
  return definitions.get(code);
}

/** A code of the error table. */
export type ErrorCode = keyof typeof errorTable;
