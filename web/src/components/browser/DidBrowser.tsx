import { Button, Checkbox, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { components, DirectoryEntry } from '../../api/client.ts';
import { folderQuery } from '../../api/files/browse.ts';
import { formatCount, formatSize } from '../../format/format.ts';
import { didStrings } from '../../strings/browser.ts';
import { Icon } from '../controls/Icon.tsx';
import { LinkButton } from '../controls/LinkButton.tsx';
import { ShowMore } from '../layout/List.tsx';
import { EmptyState, Loaded } from '../layout/Loaded.tsx';
import styles from './Browser.module.css';
import type { Selection } from './EntryList.tsx';

/** Searches data identifiers by scope and name, and shows what datasets contain; entries can be selected. */
export function DidBrowser({ selection, onOpenFile }: Pick<DidsProps, 'selection' | 'onOpenFile'>) {
  const [scope, setScope] = useState('');
  const [name, setName] = useState('*');
  /** What is shown: a search first, and then the opened names, nested. */
  const [way, setWay] = useState<readonly string[]>([]);
  const shown = way.at(-1);
  const search = () => {
    if (scope.trim() !== '') setWay([`rucio://${scope.trim()}:${withStar(name.trim())}`]);
  };
  const onEnter = (event: React.KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    // In a form, Enter would submit it.
    event.preventDefault();
    search();
  };
  return (
    <div className={styles.browser}>
      <div className={styles.search}>
        <TextInput
          className={styles.scope}
          label={didStrings.scope}
          value={scope}
          onChange={(event) => setScope(event.currentTarget.value)}
          onKeyDown={onEnter}
        />
        <TextInput
          className={styles.pattern}
          label={didStrings.name}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          onKeyDown={onEnter}
        />
        <Button variant="default" onClick={search} disabled={scope.trim() === ''}>
          {didStrings.search}
        </Button>
      </div>
      {way.length > 1 && <LinkButton onClick={() => setWay(way.slice(0, -1))}>{didStrings.back}</LinkButton>}
      {shown === undefined ? (
        <EmptyState icon="search" title={didStrings.hint} />
      ) : (
        <Dids
          key={shown}
          path={shown}
          {...{ selection, onOpenFile }}
          onOpen={(did) => setWay([...way, did])}
        />
      )}
    </div>
  );
}

/** A pattern without an asterisk matches everything that begins with it. */
function withStar(name: string): string {
  return name.includes('*') ? name : `${name}*`;
}

interface DidsProps {
  readonly path: string;
  readonly selection: Selection;
  onOpen(did: string): void;
  /** Opens a file. */
  onOpenFile(did: string): void;
}

function Dids({ path, ...entryProps }: DidsProps) {
  const query = useInfiniteQuery(folderQuery(path));
  const { hasNextPage, fetchNextPage } = query;
  const [first] = query.data?.pages ?? [];
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <>
      {first?.did && <p className={styles.facts}>{didStrings.facts(path, factsOf(first.did))}</p>}
      <div className={styles.list}>
        <Loaded query={query}>
          {() => (
            <>
              {entries.length === 0 && <EmptyState icon="search" title={didStrings.nothing} />}
              <ul aria-label={didStrings.entries}>
                {entries.map((entry) => (
                  <DidEntry key={entry.name} entry={entry} {...entryProps} />
                ))}
              </ul>
              {hasNextPage && <ShowMore onMore={() => void fetchNextPage()} />}
            </>
          )}
        </Loaded>
      </div>
    </>
  );
}

interface DidEntryProps extends Omit<DidsProps, 'path'> {
  readonly entry: DirectoryEntry;
}

/** A name: a click on a dataset or container shows its contents, and on a file opens it. */
function DidEntry({ entry: { name, did }, selection, onOpen, onOpenFile }: DidEntryProps) {
  if (!did) return null;
  const { source, type } = did;
  const isChosen = selection.paths.has(source);
  const toggle = () => selection.onChange([source], !isChosen);
  return (
    <li className={styles.entry} data-chosen={isChosen || undefined}>
      <Checkbox size="xs" aria-label={didStrings.select(name)} checked={isChosen} onChange={toggle} />
      <button
        type="button"
        className={styles.name}
        onClick={() => (type === 'FILE' ? onOpenFile(source) : onOpen(source))}
      >
        <Icon name={type === 'FILE' ? 'file' : 'folder'} />
        <span className={styles.text}>{name}</span>
        <span className={styles.fact}>{didStrings.types[type]}</span>
        <span className={styles.fact}>{factsOf(did)}</span>
      </button>
    </li>
  );
}

type DidFacts = components['schemas']['DidEntry'] & Partial<components['schemas']['ListedDid']>;

function factsOf({ type, size_bytes, files, open, sites }: DidFacts): string {
  return [
    type !== 'FILE' && files !== null && didStrings.files(formatCount(files), files === 1),
    size_bytes !== null && formatSize(size_bytes),
    open && didStrings.open,
    sites && sites.length > 0 && didStrings.at(sites.join(', ')),
  ]
    .filter(Boolean)
    .join(' · ');
}
