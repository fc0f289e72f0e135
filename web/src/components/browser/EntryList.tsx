import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import type { DirectoryEntry } from '../../api/client.ts';
import { formatSize, formatTime } from '../../format/format.ts';
import { pathOfEntry } from '../../format/paths.ts';
import { browserStrings } from '../../strings/browser.ts';
import { Icon, type IconName } from '../controls/Icon.tsx';
import { BreakablePath } from '../layout/BreakablePath.tsx';
import styles from './Browser.module.css';
import { listKeyTarget, moveByKeys } from './listKeys.ts';

interface EntryListProps extends Pick<FolderEntryProps, 'onPath' | 'onOpenFile' | 'selection'> {
  readonly folder: string;
  readonly entries: readonly DirectoryEntry[];
}

/** The entries of a folder, or search results beneath it: one stop of the Tab key; the arrow keys move in it. */
export function EntryList({ folder, entries, ...entryProps }: EntryListProps) {
  const [focused, setFocused] = useState<string>();
  const stop = entries.find(({ name }) => name === focused) ?? entries.find(({ kind }) => kind !== 'other');
  return (
    <ul aria-label={browserStrings.entries} onKeyDown={moveByKeys}>
      {entries.map((entry) => (
        <FolderEntry
          key={entry.name}
          entry={entry}
          path={pathOfEntry(folder, entry)}
          isTabStop={entry === stop}
          onFocus={() => setFocused(entry.name)}
          {...entryProps}
        />
      ))}
    </ul>
  );
}

const icons: Readonly<Record<DirectoryEntry['kind'], IconName>> = {
  file: 'file',
  directory: 'folder',
  other: 'other',
};

/** The selection among the entries of folders. */
export interface Selection {
  readonly paths: ReadonlySet<string>;
  onChange(paths: readonly string[], isChosen: boolean): void;
}

export interface FolderEntryProps {
  readonly entry: DirectoryEntry;
  readonly path: string;
  onPath(path: string): void;
  /** Whether the Tab key focuses it: the arrow keys move to the others. */
  readonly isTabStop: boolean;
  onFocus(): void;
  /** If entries can be selected. */
  readonly selection: Selection | undefined;
  /** Opens a file, or a folder that is one item. */
  onOpenFile(path: string): void;
}

/**
 * An entry of a folder: a click on the name enters a folder, and opens a file or a folder that is one item. By
 * keyboard, the space bar chooses it.
 */
function FolderEntry(props: FolderEntryProps) {
  const { entry, path, onPath, selection, onOpenFile, isTabStop, onFocus } = props;
  const { name, kind, size_bytes, modified_at, format } = entry;
  const isFolder = kind === 'directory' && format === undefined;
  const isChosen = selection?.paths.has(path) ?? false;
  const toggle = () => selection?.onChange([path], !isChosen);
  return (
    <li className={styles.entry} data-chosen={isChosen || undefined}>
      {selection && (
        <Checkbox
          size="xs"
          aria-label={browserStrings.select(name)}
          checked={isChosen}
          disabled={kind === 'other'}
          tabIndex={-1}
          onChange={toggle}
        />
      )}
      <button
        type="button"
        className={styles.name}
        {...{ [listKeyTarget]: '' }}
        tabIndex={isTabStop ? 0 : -1}
        onFocus={onFocus}
        onKeyDown={(event) => {
          if (event.key !== ' ' || !selection) return;
          event.preventDefault();
          toggle();
        }}
        disabled={kind === 'other'}
        title={kind === 'other' ? browserStrings.cannotBeStaged : undefined}
        onClick={() => (isFolder ? onPath(path) : onOpenFile(path))}
      >
        <Icon name={format === undefined ? icons[kind] : 'dataset'} />
        <span className={styles.text}>
          <BreakablePath path={name.replace(/\/$/, '')} />
          {isFolder && '/'}
          {format !== undefined && (
            <>
              {' '}
              <span className={styles.badge}>{browserStrings.formats[format]}</span>
            </>
          )}
        </span>
        <span className={styles.size}>{size_bytes !== null && formatSize(size_bytes)}</span>
        <span className={styles.time}>{modified_at && formatTime(modified_at)}</span>
      </button>
    </li>
  );
}
