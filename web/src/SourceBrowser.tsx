import { useCallback, useState } from 'react';
import { LoadState } from './Failure.tsx';
import { formatSize } from './format.ts';
import { PageButtons } from './PageButtons.tsx';
import type { DirectoryEntry } from './schemas.ts';
import { browse } from './service.ts';
import { usePages } from './usePages.ts';
import { usePolled } from './usePolled.ts';

/** Lists the source storage, folder by folder, until a file or a folder is chosen. */
export function SourceBrowser({ onChoose }: { onChoose(path: string): void }) {
  const [path, setPath] = useState('');
  return (
    <div className="browser">
      <PathLinks path={path} onEnter={setPath} />
      <Folder key={path} path={path} onEnter={setPath} onChoose={onChoose} />
    </div>
  );
}

/** The folders on the way to this one. */
function PathLinks({ path, onEnter }: { path: string; onEnter(path: string): void }) {
  const names = path === '' ? [] : path.split('/');
  const folders = names.map((name, index) => ({ name, path: names.slice(0, index + 1).join('/') }));
  return (
    <nav aria-label="Folder" className="path">
      {[{ name: 'Storage', path: '' }, ...folders].map((folder) => (
        <button
          key={folder.path}
          type="button"
          className="link"
          aria-current={folder.path === path ? 'location' : undefined}
          onClick={() => onEnter(folder.path)}
        >
          {folder.name}
        </button>
      ))}
    </nav>
  );
}

interface FolderProps {
  readonly path: string;
  onEnter(path: string): void;
  onChoose(path: string): void;
}

function Folder({ path, onEnter, onChoose }: FolderProps) {
  const pages = usePages();
  const { cursor } = pages;
  const load = useCallback((signal: AbortSignal) => browse(path, cursor, signal), [path, cursor]);
  const { value: page, error } = usePolled(load, 15_000);
  const pathOf = (entry: DirectoryEntry) => (path === '' ? entry.name : `${path}/${entry.name}`);
  return (
    <>
      <LoadState isLoaded={page !== undefined} error={error} />
      {page?.entries.length === 0 && <p className="muted">This folder is empty.</p>}
      <ul className="entries">
        {page?.entries.map((entry) => (
          <li key={entry.name}>
            <Entry
              entry={entry}
              onClick={() => (entry.kind === 'directory' ? onEnter : onChoose)(pathOf(entry))}
            />
          </li>
        ))}
      </ul>
      <div className="row">
        {path !== '' && (
          <button type="button" className="quiet" onClick={() => onChoose(path)}>
            Choose this folder
          </button>
        )}
        <PageButtons pages={pages} nextCursor={page?.next_cursor ?? null} back="Previous" on="More" />
      </div>
    </>
  );
}

function Entry({ entry, onClick }: { entry: DirectoryEntry; onClick(): void }) {
  const isOther = entry.kind === 'other';
  const title = isOther ? 'Neither a file nor a folder: it cannot be staged' : undefined;
  return (
    <button type="button" className="entry" disabled={isOther} title={title} onClick={onClick}>
      <span className={`icon ${entry.kind}`} aria-hidden="true" />
      <span className="entry-name">
        {entry.name}
        {entry.kind === 'directory' && '/'}
      </span>
      {entry.size_bytes !== null && <span className="muted">{formatSize(entry.size_bytes)}</span>}
    </button>
  );
}
