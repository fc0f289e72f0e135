import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { searchQuery } from '../../api/files/browse.ts';
import { formatCount } from '../../format/format.ts';
import { browserStrings } from '../../strings/browser.ts';
import { LinkButton } from '../controls/LinkButton.tsx';
import { EmptyState, Loaded } from '../layout/Loaded.tsx';
import styles from './Browser.module.css';
import { EntryList, type FolderEntryProps } from './EntryList.tsx';

interface SubfolderSearchProps extends Pick<FolderEntryProps, 'onPath' | 'onOpenFile' | 'selection'> {
  readonly folder: string;
  readonly text: string;
}

/** After how many results the search pauses. */
const enough = 500;

/**
 * Entries beneath a folder with a text in their names. The search continues until there are enough, or the user stops
 * it.
 */
export function SubfolderSearch({ folder, text, ...entryProps }: SubfolderSearchProps) {
  const query = useInfiniteQuery(searchQuery(folder, text));
  const [isStopped, setStopped] = useState(false);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const found = query.data?.pages.flatMap(({ entries }) => entries) ?? [];
  const examined = query.data?.pages.reduce((sum, page) => sum + page.examined, 0) ?? 0;
  const goesOn = hasNextPage && !isStopped && found.length < enough;
  useEffect(() => {
    if (goesOn && !isFetchingNextPage) void fetchNextPage();
  }, [goesOn, isFetchingNextPage, fetchNextPage]);
  return (
    <Loaded query={query}>
      {() => (
        <>
          <p className={styles.found} role="status">
            {browserStrings.found(formatCount(found.length), formatCount(examined))}
            {goesOn && <LinkButton onClick={() => setStopped(true)}>{browserStrings.stop}</LinkButton>}
            {!goesOn && hasNextPage && (
              <LinkButton onClick={() => void fetchNextPage()}>{browserStrings.searchOn}</LinkButton>
            )}
          </p>
          {found.length === 0 && !hasNextPage && (
            <EmptyState icon="search" title={browserStrings.noMatchBeneath(text)} />
          )}
          <EntryList folder={folder} entries={found} {...entryProps} />
        </>
      )}
    </Loaded>
  );
}
