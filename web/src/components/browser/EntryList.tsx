import { useState } from 'react';
import type { DirectoryEntry } from '../../api/client.ts';
import { pathOfEntry } from '../../api/files/browse.ts';
import { browserStrings } from '../../strings/browser.ts';
import styles from './Browser.module.css';
import { FolderEntry, type FolderEntryProps } from './FolderEntry.tsx';
import { moveByKeys } from './listKeys.ts';

interface EntryListProps extends Pick<FolderEntryProps, 'onPath' | 'onOpenFile' | 'selection'> {
  readonly folder: string;
  readonly entries: readonly DirectoryEntry[];
}

/** The entries of a folder, or search results beneath it: one stop of the Tab key; the arrow keys move in it. */
export function EntryList({ folder, entries, ...entryProps }: EntryListProps) {
  const [focused, setFocused] = useState<string>();
  const stop = entries.find(({ name }) => name === focused) ?? entries.find(({ kind }) => kind !== 'other');
  return (
    <ul className={styles.entries} aria-label={browserStrings.entries} onKeyDown={moveByKeys}>
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
