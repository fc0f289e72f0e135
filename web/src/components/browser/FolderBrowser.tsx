import { Checkbox, NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedValue, useHotkeys } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type ComponentProps, useEffect, useRef, useState } from 'react';
import type { DirectoryEntry } from '../../api/client.ts';
import { folderQuery, folderSizeQuery } from '../../api/files/browse.ts';
import { formatCount } from '../../format/format.ts';
import { isInObjectStore, objectStoreRoot, pathOfEntry } from '../../format/paths.ts';
import { browserStrings } from '../../strings/browser.ts';
import { Icon } from '../controls/Icon.tsx';
import { LinkButton } from '../controls/LinkButton.tsx';
import { ShowMore } from '../layout/List.tsx';
import { EmptyState, Loaded } from '../layout/Loaded.tsx';
import styles from './Browser.module.css';
import { EntryList, type Selection } from './EntryList.tsx';
import { PathLinks, PlaceLinks } from './FolderLinks.tsx';
import { SubfolderSearch } from './SubfolderSearch.tsx';

/** How many entries the filter searches, and how many are rendered at a time. */
const maxFiltered = 10_000;
const drawnAtOnce = 200;

interface FolderBrowserProps {
  /** The shown folder: `''` and `s3://` are the roots. */
  readonly path: string;
  onPath(path: string): void;
  /** Whether there are buckets. */
  readonly hasObjectStore: boolean;
  /** The selection, if entries can be selected. */
  readonly selection?: Selection;
  /** Opens a file. */
  onOpenFile(path: string): void;
}

/** Lists the storage, folder by folder, with a filter; entries can be selected, files opened. */
export function FolderBrowser(props: FolderBrowserProps) {
  const { path, onPath, hasObjectStore } = props;
  return (
    <div className={styles.browser}>
      {hasObjectStore && (
        <SegmentedControl
          size="xs"
          aria-label={browserStrings.place}
          value={isInObjectStore(path) ? objectStoreRoot : ''}
          onChange={onPath}
          data={[
            { value: '', label: browserStrings.storage },
            { value: objectStoreRoot, label: browserStrings.objectStore },
          ]}
        />
      )}
      <PathLinks path={path} onPath={onPath} />
      <PlaceLinks path={path} onPath={onPath} />
      <Folder key={path} {...props} />
    </div>
  );
}

function Folder({ path, onPath, selection, onOpenFile }: FolderBrowserProps) {
  const [filter, setFilter] = useState('');
  const [order, setOrder] = useState<EntryOrder>('name');
  const [isDeep, setDeep] = useState(false);
  const filterField = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => filterField.current?.focus()]]);
  const [drawn, setDrawn] = useState(drawnAtOnce);
  const query = useInfiniteQuery(folderQuery(path));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? [];
  const wanted = filter.trim().toLowerCase();
  const found = sortEntries(entries, order).filter(({ name }) => name.toLowerCase().includes(wanted));
  const shown = found.slice(0, drawn);
  const isCut = hasNextPage && entries.length >= maxFiltered;

  // A filter applies to the whole folder, not only to its loaded part.
  const mustLoad =
    hasNextPage &&
    !isFetchingNextPage &&
    !isCut &&
    (wanted !== '' || order !== 'name' || entries.length < drawn);
  useEffect(() => {
    if (mustLoad) void fetchNextPage();
  }, [mustLoad, fetchNextPage]);

  const entryProps = { onPath, selection, onOpenFile };
  return (
    <>
      <div className={styles.tools}>
        {selection && <SelectAll folder={path} entries={shown} selection={selection} />}
        <TextInput
          ref={filterField}
          className={styles.filter}
          size="xs"
          aria-label={browserStrings.filter}
          placeholder={browserStrings.filterKey}
          leftSection={<Icon name="search" />}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
          // In a form, Enter would submit it.
          onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
        />
        <NativeSelect
          size="xs"
          aria-label={browserStrings.order}
          value={order}
          onChange={(event) =>
            setOrder(entryOrders.find((one) => one === event.currentTarget.value) ?? 'name')
          }
          data={entryOrders.map((value) => ({ value, label: browserStrings.orders[value] }))}
        />
      </div>
      {wanted !== '' && !isInObjectStore(path) && (
        <LinkButton onClick={() => setDeep(!isDeep)}>
          {isDeep ? browserStrings.searchFolderOnly : browserStrings.searchBeneath}
        </LinkButton>
      )}
      {!isInObjectStore(path) && <FolderSize path={path} />}
      <div className={styles.list}>
        {isDeep && wanted !== '' ? (
          <DeepSearch folder={path} text={filter.trim()} {...entryProps} />
        ) : (
          <Loaded query={query}>
            {() => (
              <>
                {found.length === 0 && <Nothing path={path} filter={filter.trim()} />}
                <EntryList folder={path} entries={shown} {...entryProps} />
                {isCut && wanted !== '' && <p>{browserStrings.onlyFirst(formatCount(entries.length))}</p>}
                {(found.length > drawn || (hasNextPage && !isCut)) && (
                  <ShowMore onMore={() => setDrawn(drawn + drawnAtOnce)} />
                )}
              </>
            )}
          </Loaded>
        )}
      </div>
    </>
  );
}

/** The search begins when typing pauses. */
function DeepSearch({ text, ...props }: ComponentProps<typeof SubfolderSearch>) {
  const [asked] = useDebouncedValue(text, 300);
  return <SubfolderSearch key={asked} text={asked} {...props} />;
}

function Nothing({ path, filter }: { path: string; filter: string }) {
  if (filter !== '') return <EmptyState icon="search" title={browserStrings.noMatch(filter)} />;
  const title = path === objectStoreRoot ? browserStrings.noBuckets : browserStrings.empty;
  return <EmptyState icon="folder" title={title} />;
}

interface SelectAllProps {
  readonly folder: string;
  readonly entries: readonly DirectoryEntry[];
  readonly selection: Selection;
}

function SelectAll({ folder, entries, selection }: SelectAllProps) {
  const paths = entries.filter(({ kind }) => kind !== 'other').map((entry) => pathOfEntry(folder, entry));
  const chosen = paths.filter((path) => selection.paths.has(path)).length;
  const isEveryOne = chosen > 0 && chosen === paths.length;
  return (
    <Checkbox
      size="xs"
      aria-label={browserStrings.selectAll}
      checked={isEveryOne}
      indeterminate={chosen > 0 && !isEveryOne}
      disabled={paths.length === 0}
      onChange={() => selection.onChange(paths, !isEveryOne)}
    />
  );
}

/** The orders of a folder's entries. */
const entryOrders = ['name', 'newest', 'largest'] as const;

type EntryOrder = (typeof entryOrders)[number];

/** Entries in an order; those without a size or a time come last. */
function sortEntries(entries: readonly DirectoryEntry[], order: EntryOrder): readonly DirectoryEntry[] {
  if (order === 'name') return entries;
  const keyOf = ({ size_bytes, modified_at }: DirectoryEntry) =>
    order === 'largest' ? (size_bytes ?? -1) : Date.parse(modified_at ?? '1900-01-01');
  return entries.toSorted((one, other) => keyOf(other) - keyOf(one));
}

/** The size of a folder, measured on request; leaving the folder cancels the measurement. */
function FolderSize({ path }: { path: string }) {
  const [isAsked, setAsked] = useState(false);
  const query = useQuery({ ...folderSizeQuery(path), enabled: isAsked });
  if (query.data) return <p className={styles.fact}>{browserStrings.folderSize(query.data)}</p>;
  if (query.error) return <p className={styles.fact}>{query.error.message}</p>;
  return (
    <LinkButton disabled={isAsked} onClick={() => setAsked(true)}>
      {isAsked ? browserStrings.counting : browserStrings.count}
    </LinkButton>
  );
}
