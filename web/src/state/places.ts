import { useSyncExternalStore } from 'react';
import { z } from 'zod';
import { parseJson } from '../api/parseJson.ts';

const storageKey = 'places';
/** How many opened folders are remembered. */
const mostRecent = 5;

const placesSchema = z.object({ favourites: z.array(z.string()), recent: z.array(z.string()) });

/** The folders that this browser remembers. */
export type Places = z.output<typeof placesSchema>;

let places = read();
const listeners = new Set<() => void>();

/** Favourite and recently opened folders. */
export function usePlaces(): Places {
  return useSyncExternalStore(subscribe, () => places);
}

/** Remembers a folder with an opened or selected entry, as the most recent. */
export function noteRecent(path: string): void {
  if (path === '' || places.recent[0] === path) return;
  change({ ...places, recent: [path, ...places.recent.filter((one) => one !== path)].slice(0, mostRecent) });
}

/** Makes a folder a favourite, or no longer one. */
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
    // The user has disabled storage; then they are remembered until the page is closed.
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
