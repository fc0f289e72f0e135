import { phases } from '../../../../shared/operations/operation.ts';
import type { OperationFilters } from '../../api/operationList.ts';

/** The filters that an address holds; what it says wrong is left out. */
export function filtersOf(parameters: URLSearchParams): OperationFilters {
  return {
    phase: phases.find((phase) => phase === parameters.get('phase')),
    method: parameters.get('method') || undefined,
    username: parameters.get('username') || undefined,
    text: parameters.get('text') || undefined,
    order: parameters.get('order') === 'oldest' ? 'oldest' : undefined,
  };
}
