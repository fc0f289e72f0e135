import { Button, NativeSelect } from '@mantine/core';
import { z } from 'zod';
import { stagingMethodNames } from '../../../../shared/model/methods.ts';
import { phases } from '../../../../shared/model/operation.ts';
import { pageOrders } from '../../../../shared/model/operations/lists.ts';
import type { OperationFilters } from '../../api/operations/operationList.ts';
import { Icon } from '../../components/controls/Icon.tsx';
import { TextFilter } from '../../components/controls/TextFilter.tsx';
import { hrefs, navigate, useRoute } from '../../routing/useRoute.ts';
import { commonStrings } from '../../strings/common.ts';
import { operationsStrings } from '../../strings/operations.ts';
import styles from './Operations.module.css';

/** The filters of the list. They are part of the address, so that it can be shared, and the back button undoes them. */
export function FilterBar({ filters }: { filters: OperationFilters }) {
  const { parameters } = useRoute();
  const set = (name: keyof OperationFilters | 'time', value: string, isReplacing = false) =>
    navigate(hrefs.operations({ ...Object.fromEntries(parameters), [name]: value }), { isReplacing });
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  return (
    <search className={styles.filters} aria-label={operationsStrings.filters}>
      <NativeSelect
        label={operationsStrings.phase}
        value={filters.phase ?? ''}
        onChange={(event) => set('phase', event.currentTarget.value)}
        data={[anyOne, ...phases.map((value) => ({ value, label: commonStrings.phases[value] }))]}
      />
      <NativeSelect
        label={operationsStrings.method}
        value={filters.method ?? ''}
        onChange={(event) => set('method', event.currentTarget.value)}
        data={[anyOne, ...stagingMethodNames.map((value) => ({ value, label: value }))]}
      />
      <TextFilter
        label={operationsStrings.user}
        value={filters.username ?? ''}
        onValue={(value) => set('username', value, true)}
      />
      <TextFilter
        label={operationsStrings.text}
        placeholder={operationsStrings.textPlaceholder}
        leftSection={<Icon name="search" />}
        value={filters.text ?? ''}
        onValue={(value) => set('text', value, true)}
      />
      <NativeSelect
        label={operationsStrings.time}
        value={parameters.get('time') ?? ''}
        onChange={(event) => set('time', event.currentTarget.value)}
        data={[anyOne, ...timeSpans.map((value) => ({ value, label: operationsStrings.times[value] }))]}
      />
      <NativeSelect
        label={operationsStrings.order}
        value={filters.order ?? 'newest'}
        onChange={(event) => set('order', event.currentTarget.value)}
        data={pageOrders.map((value) => ({ value, label: operationsStrings.orders[value] }))}
      />
      <Button variant="default" disabled={!isFiltered} onClick={() => navigate(hrefs.operations())}>
        {operationsStrings.clear}
      </Button>
    </search>
  );
}

const anyOne = { value: '', label: operationsStrings.any };

/** The time ranges, by the names in addresses. */
const timeSpans = ['1h', '24h', '7d'] as const;

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
