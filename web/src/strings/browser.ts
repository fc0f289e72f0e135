import { formatCount, formatSize } from '../format/format.ts';

interface FolderSize {
  readonly files: number;
  readonly size_bytes: number;
  readonly complete: boolean;
}

/** Texts of a folder's list, wherever it is used. */
export const browserStrings = {
  storage: 'Storage',
  objectStore: 'Object store',
  place: 'Location',
  path: 'Folder',
  filter: 'Filter this folder',
  filterKey: 'Filter this folder (press /)',
  entries: 'Entries of this folder',
  empty: 'This folder is empty.',
  noBuckets: 'This site offers no buckets.',
  noMatch: (text: string) => `No match for “${text}” in this folder.`,
  searchBeneath: 'Search subfolders',
  searchFolderOnly: 'Search only this folder',
  noMatchBeneath: (text: string) => `No match for “${text}” in this folder or its subfolders.`,
  found: (found: string, examined: string) => `${found} found, ${examined} examined`,
  stop: 'Stop',
  searchOn: 'Continue searching',
  order: 'Order',
  orders: { name: 'By name', newest: 'Newest first', largest: 'Largest first' },
  places: 'Favourite and recent folders',
  mark: 'Add to favourites',
  unmark: 'Remove from favourites',
  count: 'Size of this folder',
  counting: 'Counting…',
  folderSize: ({ files, size_bytes, complete }: FolderSize) =>
    `${complete ? '' : 'More than '}${files === 1 ? '1 file' : `${formatCount(files)} files`}, ${formatSize(size_bytes)}`,
  formats: {
    measurement_set: 'MeasurementSet',
    casa_image: 'CASA image',
    casa_table: 'CASA table',
    zarr: 'Zarr',
  },
  onlyFirst: (count: string) => `Only the first ${count} entries were searched.`,
  select: (name: string) => `Choose ${name}`,
  selectAll: 'Choose all shown entries',
  cannotBeStaged: 'Neither a file nor a folder: it cannot be staged',
} as const;

/** Texts of the search for data identifiers. */
export const didStrings = {
  scope: 'Scope',
  name: 'Name (* matches any text)',
  search: 'Search',
  hint: 'Enter a Rucio scope, and search for names in it.',
  back: 'Back',
  entries: 'Data identifiers',
  nothing: 'Nothing found.',
  select: (name: string) => `Choose ${name}`,
  types: { FILE: 'file', DATASET: 'dataset', CONTAINER: 'container' },
  files: (count: string, isOne: boolean) => (isOne ? '1 file' : `${count} files`),
  open: 'open',
  at: (sites: string) => `at ${sites}`,
  facts: (path: string, facts: string) => `${path.replace('rucio://', '')}${facts && `: ${facts}`}`,
} as const;
