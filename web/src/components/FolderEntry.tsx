import { Checkbox } from '@mantine/core';
import type { DirectoryEntry } from '../api/client.ts';
import { formatSize, formatTime } from '../format/format.ts';
import { browserStrings } from '../strings/browser.ts';
import styles from './Browser.module.css';
import { Icon, type IconName } from './Icon.tsx';

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

interface FolderEntryProps {
  readonly entry: DirectoryEntry;
  readonly path: string;
  onPath(path: string): void;
  /** If entries can be selected. */
  readonly selection: Selection | undefined;
  /** Opens a file. */
  onOpenFile(path: string): void;
}

/** An entry of a folder: a click on the name enters a folder, and opens a file. */
export function FolderEntry({ entry, path, onPath, selection, onOpenFile }: FolderEntryProps) {
  const { name, kind, size_bytes, modified_at } = entry;
  const isChosen = selection?.paths.has(path) ?? false;
  return (
    <li className={styles.entry} data-chosen={isChosen || undefined}>
      {selection && (
        <Checkbox
          size="xs"
          aria-label={browserStrings.select(name)}
          checked={isChosen}
          disabled={kind === 'other'}
          onChange={() => selection.onChange([path], !isChosen)}
        />
      )}
      <button
        type="button"
        className={styles.name}
        disabled={kind === 'other'}
        title={kind === 'other' ? browserStrings.cannotBeStaged : undefined}
        onClick={() => (kind === 'directory' ? onPath(path) : onOpenFile(path))}
      >
        <Icon name={icons[kind]} />
        <span className={styles.text}>
          {name.replace(/\/$/, '')}
          {kind === 'directory' && '/'}
        </span>
        <span className={styles.size}>{size_bytes !== null && formatSize(size_bytes)}</span>
        <span className={styles.time}>{modified_at && formatTime(modified_at)}</span>
      </button>
    </li>
  );
}
