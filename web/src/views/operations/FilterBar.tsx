import { Button, NativeSelect } from '@mantine/core';
import { stagingMethodNames } from '../../../../shared/model/methods.ts';
import { pageOrders, phases } from '../../../../shared/model/operation.ts';
import type { OperationFilters } from '../../api/operations/operationList.ts';
import { Icon } from '../../components/Icon.tsx';
import { TextFilter } from '../../components/TextFilter.tsx';
import { hrefs, navigate } from '../../routing/useRoute.ts';
import { commonStrings } from '../../strings/common.ts';
import { operationsStrings } from '../../strings/operations.ts';
import { timeSpans } from './filters.ts';
import styles from './Operations.module.css';

interface FilterBarProps {
  readonly filters: OperationFilters;
  readonly parameters: URLSearchParams;
}

/** The filters of the list. They are part of the address, so that it can be shared, and the back button undoes them. */
export function FilterBar({ filters, parameters }: FilterBarProps) {
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
