import { useSyncExternalStore } from 'react';
import { z } from 'zod';
import { parseJson } from '../api/parseJson.ts';

const storageKey = 'places';
/** How many folders are remembered that were opened. */
const mostRecent = 5;

const placesSchema = z.object({ favourites: z.array(z.string()), recent: z.array(z.string()) });

/** The folders that this browser remembers. */
export type Places = z.output<typeof placesSchema>;

let places = read();
const listeners = new Set<() => void>();

/** Favourite folders, and those that were opened last. */
export function usePlaces(): Places {
  return useSyncExternalStore(subscribe, () => places);
}

/** Remembers a folder that something was opened or chosen in, as the newest. */
export function noteRecent(path: string): void {
  if (path === '' || places.recent[0] === path) return;
  change({ ...places, recent: [path, ...places.recent.filter((one) => one !== path)].slice(0, mostRecent) });
}

/** Makes a folder a favourite, or not any more. */
export function toggleFavourite(path: string): void {
  const { favourites } = places;
  const isFavourite = favourites.includes(path);
  change({
    ...places,
    favourites: isFavourite ? favourites.filter((one) => one !== path) : [...favourites, path],
  });
}

function change(changed: Places): void {
  places = changed;
  for (const listener of listeners) listener();
  try {
    localStorage.setItem(storageKey, JSON.stringify(places));
  } catch {
    // The user forbids storage; then they are remembered until the page is closed.
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(): Places {
  const none = { favourites: [], recent: [] };
  try {
    return placesSchema.safeParse(parseJson(localStorage.getItem(storageKey) ?? '')).data ?? none;
  } catch {
    return none;
  }
}
