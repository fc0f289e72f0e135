import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { type BatchSummary, batchListQuery, isPartlyStaged, useBatch } from '../../api/operations/batches.ts';
import { TextFilter } from '../../components/controls/TextFilter.tsx';
import { ItemList, ListItem, ShowMore } from '../../components/layout/List.tsx';
import { EmptyState, Loaded } from '../../components/layout/Loaded.tsx';
import { Panel } from '../../components/layout/View.tsx';
import { BatchState } from '../../components/operation/BatchState.tsx';
import { BatchFacts } from '../../components/operation/Facts.tsx';
import { PhaseBadge } from '../../components/operation/PhaseBadge.tsx';
import { formatCount, formatSize, formatTime } from '../../format/format.ts';
import { hrefs, navigate, useRoute } from '../../routing/useRoute.ts';
import { batchStrings } from '../../strings/batch.ts';
import { operationsStrings } from '../../strings/operations.ts';
import styles from './Batches.module.css';
import panelStyles from './Operations.module.css';

/** The batches, newest first: each with its result, its items, and a way to stage it again. */
export function BatchList({ username }: { username: string | undefined }) {
  const query = useInfiniteQuery({ ...batchListQuery(username), placeholderData: keepPreviousData });
  return (
    <>
      <search className={styles.filters} aria-label={operationsStrings.filters}>
        <TextFilter
          label={operationsStrings.user}
          value={username ?? ''}
          onValue={(name) =>
            navigate(hrefs.operations({ list: 'batches', username: name }), { isReplacing: true })
          }
        />
      </search>
      <Loaded query={query}>
        {({ pages }) => {
          const batches = pages.flatMap((page) => page.batches);
          if (batches.length === 0) return <EmptyState icon="list" title={batchStrings.none} />;
          return (
            <ItemList label={operationsStrings.batches}>
              {batches.map((batch) => (
                <Item key={batch.id} batch={batch} />
              ))}
            </ItemList>
          );
        }}
      </Loaded>
      {query.hasNextPage && (
        <ShowMore isBusy={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
      )}
    </>
  );
}

function Item({ batch }: { batch: BatchSummary }) {
  const { id, phase, method, username, operations_total, relative_path, counts, bytes_done, created_at } =
    batch;
  const { COMPLETED: staged = 0, ERROR: failed = 0 } = counts;
  const title = batchStrings.title(operations_total, relative_path ?? '');
  return (
    <ListItem
      name={title}
      href={hrefs.operations({ batch: id })}
      badge={<PhaseBadge operation={{ phase, isPartial: isPartlyStaged(batch) }} />}
      facts={
        <>
          {username && <span>{username}</span>}
          <code>{method}</code>
          <span>
            {failed > 0
              ? batchStrings.stagedAndFailed(staged, failed)
              : batchStrings.staged(formatCount(staged))}
          </span>
          {bytes_done > 0 && <span>{formatSize(bytes_done)}</span>}
          <time dateTime={created_at}>{formatTime(created_at)}</time>
          {operations_total > 0 && <a href={hrefs.stage({ batch: id })}>{batchStrings.again}</a>}
          {failed > 0 && !batch.all_or_nothing && (
            <a href={hrefs.stage({ batch: id, phase: 'ERROR' })}>{batchStrings.correct(failed)}</a>
          )}
        </>
      }
    />
  );
}

/** The batch whose operations are listed. */
export function BatchPanel({ id }: { id: string }) {
  const { parameters } = useRoute();
  const query = useBatch(id);
  const all = hrefs.operations({ ...Object.fromEntries(parameters), batch: undefined });
  return (
    <div className={panelStyles.batch}>
      <Panel title={operationsStrings.batch} tools={<a href={all}>{operationsStrings.allOperations}</a>}>
        <Loaded query={query}>
          {(batch) => {
            const title = batchStrings.title(batch.operations_total, batch.relative_path ?? '');
            return (
              <div className={panelStyles.parts}>
                <div className={panelStyles.batchTitle}>
                  <strong>{title}</strong>
                  <code>{batch.method}</code>
                  <span>{batch.username}</span>
                  <PhaseBadge operation={{ phase: batch.phase, isPartial: isPartlyStaged(batch) }} />
                </div>
                <BatchState batch={batch} title={title} hasList />
                <p>
                  <a href={hrefs.stage({ batch: id })}>{batchStrings.again}</a>
                </p>
                <div className={panelStyles.batchFacts}>
                  <BatchFacts batch={batch} />
                </div>
              </div>
            );
          }}
        </Loaded>
      </Panel>
    </div>
  );
}
