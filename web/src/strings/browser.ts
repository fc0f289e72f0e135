/** Texts of a folder's list, wherever it is used. */
export const browserStrings = {
  storage: 'Storage',
  objectStore: 'Object store',
  place: 'Location',
  path: 'Folder',
  filter: 'Filter this folder',
  entries: 'Entries of this folder',
  empty: 'This folder is empty.',
  noBuckets: 'This site offers no buckets.',
  noMatch: (text: string) => `No match for “${text}” in this folder.`,
  onlyFirst: (count: string) => `Only the first ${count} entries were searched.`,
  select: (name: string) => `Choose ${name}`,
  selectAll: 'Choose all that is shown',
  open: (name: string) => `Open ${name}`,
  cannotBeStaged: 'Neither a file nor a folder: it cannot be staged',
  showMore: 'Show more',
} as const;
