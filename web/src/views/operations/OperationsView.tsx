import { Drawer, SegmentedControl } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { operationSchema } from '../../../../shared/http/contract/answers/operations.ts';
import { useEventStream } from '../../api/eventStream.ts';
import { csvUrl, noteInList, operationListQuery, operationsOf } from '../../api/operations/operationList.ts';
import { useOperation } from '../../api/operations/operations.ts';
import { Icon } from '../../components/controls/Icon.tsx';
import { SortedSince } from '../../components/layout/List.tsx';
import { EmptyState, Loaded, Loading } from '../../components/layout/Loaded.tsx';
import { LiveMark, ViewTitle } from '../../components/layout/View.tsx';
import { hrefs, navigate, useRoute } from '../../routing/useRoute.ts';
import { operationsStrings } from '../../strings/operations.ts';
import { BatchList, BatchPanel } from './Batches.tsx';
import { FilterBar, filtersOf } from './FilterBar.tsx';
import { OperationDetail } from './OperationDetail.tsx';
import styles from './Operations.module.css';
import { OperationTable } from './OperationTable.tsx';

/** All operations, or the batches; and one operation in a drawer. */
export default function OperationsView() {
  const { detail, parameters } = useRoute();
  const hasBatches = detail === undefined && parameters.get('list') === 'batches';
  return (
    <>
      {hasBatches ? (
        <>
          <ViewTitle title={operationsStrings.title} hint={operationsStrings.hint} />
          <ListChoice list="batches" />
          <BatchList username={parameters.get('username') ?? undefined} />
        </>
      ) : (
        <Operations />
      )}
      <OperationDrawer />
    </>
  );
}

function ListChoice({ list }: { list: keyof typeof operationsStrings.lists }) {
  return (
    <SegmentedControl
      className={styles.lists}
      aria-label={operationsStrings.list}
      value={list}
      onChange={(chosen) => navigate(hrefs.operations(chosen === 'batches' ? { list: chosen } : {}))}
      data={Object.entries(operationsStrings.lists).map(([value, label]) => ({ value, label }))}
    />
  );
}

/** All operations, live. */
function Operations() {
  const asked = String(useRoute().parameters);
  const filters = useMemo(() => filtersOf(new URLSearchParams(asked)), [asked]);
  // The table stays while it is sorted again, and so does the focus on the sort button.
  const query = useInfiniteQuery({ ...operationListQuery(filters), placeholderData: keepPreviousData });
  const { batch } = filters;
  const events = `/operations/events${batch === undefined ? '' : `?batch=${batch}`}`;
  const state = useEventStream(events, 'operation', (data) => {
    const parsed = operationSchema.safeParse(data);
    if (parsed.success) noteInList(filters, parsed.data);
  });
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  return (
    <>
      <ViewTitle title={operationsStrings.title} hint={operationsStrings.hint}>
        <LiveMark state={state} />
        <a href={csvUrl(filters)} download="operations.csv">
          <Icon name="download" /> {operationsStrings.exportCsv}
        </a>
      </ViewTitle>
      {batch === undefined && <ListChoice list="operations" />}
      {batch !== undefined && <BatchPanel key={batch} id={batch} />}
      <FilterBar filters={filters} />
      <Loaded query={query} placeholder={<Loading rows={10} />}>
        {(list) => {
          const operations = operationsOf(list);
          return operations.length === 0 && !query.hasNextPage ? (
            <EmptyState
              icon="list"
              title={isFiltered ? operationsStrings.noneFits : operationsStrings.none}
            />
          ) : (
            <>
              <SortedSince time={list.pages[0]?.sorted_since} />
              <OperationTable
                operations={operations}
                order={filters.order}
                hasMore={query.hasNextPage && !query.isFetchingNextPage}
                onMore={() => void query.fetchNextPage()}
              />
            </>
          );
        }}
      </Loaded>
    </>
  );
}

/** One operation beside the list. It has its own address, so that it can be shared, and the back button closes it. */
function OperationDrawer() {
  const { detail: id, parameters } = useRoute();
  return (
    <Drawer
      position="right"
      size="lg"
      lockScroll={false}
      // The drawer's own header would be a second banner landmark of the page.
      withCloseButton={false}
      opened={id !== undefined}
      onClose={() => navigate(hrefs.operations(Object.fromEntries(parameters)))}
    >
      <div className={styles.drawerTitle}>
        <Drawer.Title>{operationsStrings.detail}</Drawer.Title>
        <Drawer.CloseButton aria-label={operationsStrings.close} icon={<Icon name="close" />} />
      </div>
      {id !== undefined && <FollowedOperation key={id} id={id} />}
    </Drawer>
  );
}

function FollowedOperation({ id }: { id: string }) {
  return <Loaded query={useOperation(id)}>{(operation) => <OperationDetail operation={operation} />}</Loaded>;
}
