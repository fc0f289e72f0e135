import { NativeSelect, SegmentedControl } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type DataState, dataStates } from '../../../../shared/model/operation.ts';
import type { PageOrder } from '../../../../shared/model/operations/lists.ts';
import type { Operation } from '../../api/client.ts';
import { operationListQuery, operationsOf } from '../../api/operations/operationList.ts';
import { actsForAll, useAreas, useCaller } from '../../api/session.ts';
import { TextFilter } from '../../components/controls/TextFilter.tsx';
import { BreakablePath } from '../../components/layout/BreakablePath.tsx';
import { ItemList, ListItem, ShowMore, SortedSince } from '../../components/layout/List.tsx';
import { EmptyState, Loaded, Loading } from '../../components/layout/Loaded.tsx';
import { ViewTitle } from '../../components/layout/View.tsx';
import { Expiry } from '../../components/staged/Expiry.tsx';
import { NextSteps } from '../../components/staged/NextSteps.tsx';
import { StagedActions } from '../../components/staged/StagedActions.tsx';
import { formatCount, formatDuration, formatSize, formatTime } from '../../format/format.ts';
import { hrefs, navigate, useRoute } from '../../routing/useRoute.ts';
import { useRememberedUsername } from '../../state/username.ts';
import { dataStrings } from '../../strings/staged.ts';
import styles from './Data.module.css';

const orders = ['newest', 'oldest', 'largest'] as const satisfies PageOrder[];

/** The staged data of a user, according to the record; each item is checked on request. */
export default function MyDataView() {
  const { parameters } = useRoute();
  const caller = useCaller();
  const data = dataStates.find((state) => state === parameters.get('data')) ?? 'present';
  const order = orders.find((known) => known === parameters.get('order')) ?? 'newest';
  const [remembered] = useRememberedUsername();
  const username = parameters.get('username') ?? caller?.username ?? remembered;
  const set = (changed: Readonly<Record<string, string>>) =>
    navigate(hrefs.data({ ...Object.fromEntries(parameters), ...changed }));
  const query = useInfiniteQuery({
    ...operationListQuery({ data, order, username: username || undefined }),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <ViewTitle title={dataStrings.title} hint={dataStrings.hint} />
      <search className={styles.filters} aria-label={dataStrings.list}>
        <SegmentedControl
          aria-label={dataStrings.state}
          value={data}
          onChange={(state) => set({ data: state })}
          data={dataStates.map((value) => ({ value, label: dataStrings.states[value] }))}
        />
        <UserFilter username={username} onUser={(name) => set({ username: name })} />
        <NativeSelect
          label={dataStrings.order}
          value={order}
          onChange={(event) => set({ order: event.currentTarget.value })}
          data={orders.map((value) => ({ value, label: dataStrings.orders[value] }))}
        />
      </search>
      <Loaded query={query} placeholder={<Loading rows={6} />}>
        {(list) => {
          const items = operationsOf(list);
          if (items.length === 0 && !query.hasNextPage) return <Nothing data={data} />;
          return (
            <>
              <SortedSince time={list.pages[0]?.sorted_since} />
              <ItemList label={dataStrings.list}>
                {items.map((operation) => (
                  <StagedItem
                    key={operation.id}
                    operation={operation}
                    hasUser={username === '' || actsForAll(caller)}
                  />
                ))}
              </ItemList>
              {query.hasNextPage && (
                <ShowMore isBusy={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function Nothing({ data }: { data: DataState }) {
  return (
    <EmptyState icon="folder" title={dataStrings.none[data]}>
      {data === 'present' && <p>{dataStrings.noneHint}</p>}
    </EmptyState>
  );
}

/** Whose data is shown: one of the caller's own areas, unless they may act for others. */
function UserFilter({ username, onUser }: { username: string; onUser(name: string): void }) {
  const areas = useAreas();
  if (!areas) return <TextFilter label={dataStrings.user} value={username} onValue={onUser} />;
  if (areas.length === 1) return null;
  return (
    <NativeSelect
      label={dataStrings.user}
      value={username}
      onChange={(event) => onUser(event.currentTarget.value)}
      data={areas}
    />
  );
}

interface StagedItemProps {
  readonly operation: Operation;
  /** Whether it shows its user. */
  readonly hasUser: boolean;
}

/** One staged file or folder. */
function StagedItem({ operation, hasUser }: StagedItemProps) {
  const { id, relative_path, local_path_on_storage, username, data } = operation;
  const [isOpen, setOpen] = useState(false);
  return (
    <ListItem
      name={relative_path ?? id}
      href={hrefs.operation(id)}
      facts={
        <>
          {hasUser && <strong>{username}</strong>}
          {factsOf(operation).map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
          <Age operation={operation} />
          <Expiry operation={operation} />
        </>
      }
    >
      <p className={styles.source}>
        <BreakablePath path={local_path_on_storage ?? ''} />
      </p>
      <StagedActions operation={operation} />
      {data === 'present' && (
        <details className={styles.details} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>{dataStrings.steps}</summary>
          {isOpen && <NextSteps operation={operation} />}
        </details>
      )}
    </ListItem>
  );
}

function factsOf({ bytes_total, bytes_done, files_done, link_type }: Operation): string[] {
  return [
    formatSize(bytes_total ?? bytes_done),
    ...(files_done > 1 ? [dataStrings.files(formatCount(files_done))] : []),
    ...(link_type === null ? [] : [dataStrings.links[link_type]]),
  ];
}

function Age({ operation: { finished_at } }: { operation: Operation }) {
  if (finished_at === null) return null;
  const seconds = Math.max(0, (Date.now() - Date.parse(finished_at)) / 1000);
  return (
    <time dateTime={finished_at} title={formatTime(finished_at)}>
      {dataStrings.age(formatDuration(seconds))}
    </time>
  );
}
