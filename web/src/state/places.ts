import { z } from 'zod';
import { createStoredStore } from './store.ts';

/** How many opened folders are remembered. */
const mostRecent = 5;

const placesSchema = z.object({ favourites: z.array(z.string()), recent: z.array(z.string()) });

/** The folders that this browser remembers. */
export type Places = z.output<typeof placesSchema>;

const places = createStoredStore<Places>({
  storage: 'localStorage',
  key: 'places',
  schema: placesSchema,
  initial: { favourites: [], recent: [] },
});

/** Favourite and recently opened folders. */
export const usePlaces = (): Places => places.use();

/** Remembers a folder with an opened or selected entry, as the most recent. */
export function noteRecent(path: string): void {
  const { favourites, recent } = places.get();
  if (path === '' || recent[0] === path) return;
  places.set({ favourites, recent: [path, ...recent.filter((one) => one !== path)].slice(0, mostRecent) });
}

/** Makes a folder a favourite, or no longer one. */
export function toggleFavourite(path: string): void {
  const { favourites, recent } = places.get();
  const others = favourites.filter((one) => one !== path);
  places.set({ favourites: favourites.includes(path) ? others : [...others, path], recent });
}
