import type { StoragePath } from '../../../shared/model/paths.ts';
import { isGlob } from '../threads/globPattern.ts';
import { type FolderMeans, searchBeneath } from './beneathFolder.ts';

/** More matches than this are too many to choose from. */
const maxMatches = 1000;
/** How many pages of a search are read, each of which takes a second or two at most. */
const maxPages = 5;

/** The paths that match a pattern, up to a number and for a time: searched beneath its folders without wildcards. */
export async function expandPattern(
  pattern: string,
  parse: (path: string) => StoragePath,
  means: FolderMeans,
): Promise<{ readonly paths: readonly string[]; readonly isComplete: boolean }> {
  const names = pattern.split('/');
  const first = names.findIndex(isGlob);
  const base = names.slice(0, first).join('/');
  const glob = names.slice(first).join('/');
  const prefix = first === 0 ? '' : `${base}/`;
  // Of an absolute pattern for the root, nothing is left.
  const folder = parse(base === '' && first > 0 ? '/' : base);
  const paths: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const found = await searchBeneath(folder, { glob, cursor, limit: maxMatches - paths.length }, means);
    paths.push(...found.entries.filter(({ kind }) => kind !== 'other').map(({ name }) => prefix + name));
    cursor = found.next_cursor ?? undefined;
    if (cursor === undefined || paths.length >= maxMatches) break;
  }
  return { paths, isComplete: cursor === undefined };
}
