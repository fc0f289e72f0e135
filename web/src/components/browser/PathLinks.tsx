import { Fragment } from 'react';
import { foldersTo } from '../../api/files/browse.ts';
import { isInObjectStore } from '../../api/files/objectStore.ts';
import { browserStrings } from '../../strings/browser.ts';
import { Icon } from '../Icon.tsx';
import styles from './PathLinks.module.css';

/** Links to the folders above this one. */
export function PathLinks({ path, onPath }: { path: string; onPath(path: string): void }) {
  const root = isInObjectStore(path) ? browserStrings.objectStore : browserStrings.storage;
  return (
    <nav aria-label={browserStrings.path} className={styles.path}>
      {foldersTo(path).map((folder, index) => (
        <Fragment key={folder.path}>
          {index > 0 && <Icon name="next" />}
          <button
            type="button"
            className={styles.link}
            aria-current={folder.path === path ? 'location' : undefined}
            onClick={() => onPath(folder.path)}
          >
            {folder.name || root}
          </button>
        </Fragment>
      ))}
    </nav>
  );
}
