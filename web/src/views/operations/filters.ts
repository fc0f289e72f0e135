import { z } from 'zod';
import { pageOrders, phases } from '../../../../shared/model/operation.ts';
import type { OperationFilters } from '../../api/operations/operationList.ts';

/** The time ranges, by the names in addresses. */
export const timeSpans = ['1h', '24h', '7d'] as const;

const spanMs = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000 };

/** The filters of an address; invalid ones are left out. */
export function filtersOf(parameters: URLSearchParams): OperationFilters {
  return {
    phase: phases.find((phase) => phase === parameters.get('phase')),
    method: parameters.get('method') || undefined,
    username: parameters.get('username') || undefined,
    batch: z.uuid().safeParse(parameters.get('batch')).data?.toLowerCase(),
    text: parameters.get('text') || undefined,
    since: sinceOf(parameters.get('time')),
    order: orderOf(parameters.get('order')),
  };
}

/** The default order is not part of the address. */
function orderOf(name: string | null): OperationFilters['order'] {
  return pageOrders.find((order) => order === name && order !== 'newest');
}

/** To the minute, so that a list does not change with each refresh. */
function sinceOf(name: string | null): string | undefined {
  const span = timeSpans.find((known) => known === name);
  if (!span) return undefined;
  const minute = 60_000;
  return new Date(Math.floor((Date.now() - spanMs[span]) / minute) * minute).toISOString();
}
