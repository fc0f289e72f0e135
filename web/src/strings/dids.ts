/** Texts of the search for data identifiers. */
export const didStrings = {
  scope: 'Scope',
  name: 'Name (* matches any text)',
  search: 'Search',
  hint: 'Enter a Rucio scope, and search for names in it.',
  back: 'Back',
  entries: 'Data identifiers',
  nothing: 'Nothing found.',
  showMore: 'Show more',
  select: (name: string) => `Choose ${name}`,
  types: { FILE: 'file', DATASET: 'dataset', CONTAINER: 'container' },
  files: (count: string, isOne: boolean) => (isOne ? '1 file' : `${count} files`),
  open: 'open',
  at: (sites: string) => `at ${sites}`,
  facts: (path: string, facts: string) => `${path.replace('rucio://', '')}${facts && `: ${facts}`}`,
} as const;
