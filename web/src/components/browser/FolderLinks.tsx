import { Fragment } from 'react';
import { foldersTo, isInObjectStore } from '../../format/paths.ts';
import { toggleFavourite, usePlaces } from '../../state/places.ts';
import { browserStrings } from '../../strings/browser.ts';
import { Icon } from '../controls/Icon.tsx';
import { LinkButton } from '../controls/LinkButton.tsx';
import styles from './Browser.module.css';

/** Links to the folders above this one. */
export function PathLinks({ path, onPath }: { path: string; onPath(path: string): void }) {
  const root = isInObjectStore(path) ? browserStrings.objectStore : browserStrings.storage;
  return (
    <nav aria-label={browserStrings.path} className={styles.path}>
      {foldersTo(path).map((folder, index) => (
        <Fragment key={folder.path}>
          {index > 0 && <Icon name="next" />}
          <LinkButton
            aria-current={folder.path === path ? 'location' : undefined}
            onClick={() => onPath(folder.path)}
          >
            {folder.name || root}
          </LinkButton>
        </Fragment>
      ))}
    </nav>
  );
}

interface PlaceLinksProps {
  readonly path: string;
  onPath(path: string): void;
}

/** Favourite and recently opened folders; the shown one can be made a favourite. */
export function PlaceLinks({ path, onPath }: PlaceLinksProps) {
  const { favourites, recent } = usePlaces();
  const isFavourite = favourites.includes(path);
  const others = recent.filter((one) => one !== path && !favourites.includes(one));
  if (path === '' && favourites.length + others.length === 0) return null;
  return (
    <nav className={styles.places} aria-label={browserStrings.places}>
      {path !== '' && (
        <LinkButton aria-pressed={isFavourite} onClick={() => toggleFavourite(path)}>
          <Icon name={isFavourite ? 'starred' : 'star'} />{' '}
          {isFavourite ? browserStrings.unmark : browserStrings.mark}
        </LinkButton>
      )}
      {[...favourites, ...others].map((place) => (
        <button
          key={place}
          type="button"
          className={styles.place}
          aria-current={place === path ? 'location' : undefined}
          onClick={() => onPath(place)}
        >
          <Icon name={favourites.includes(place) ? 'starred' : 'clock'} /> {place}
        </button>
      ))}
    </nav>
  );
}
