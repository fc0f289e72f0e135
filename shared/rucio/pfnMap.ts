import type { StoragePath } from '../model/paths.ts';
import { invalidPath } from '../model/paths.ts';
import { parseSource, type S3Location } from '../model/sourcePath.ts';

/** Where the replicas of this site are mounted. */
export interface PfnMap {
  /**
   * The location of a replica by its address; undefined if no prefix matches.
   * @throws PATH_INVALID, PATH_OUTSIDE_STORAGE, BUCKET_NOT_OFFERED when it leads out of the storage
   */
  find(pfn: string): StoragePath | S3Location | undefined;
}

/** The configured locations. */
type Places = Parameters<typeof parseSource>[1];

/**
 * Maps addresses by the longest matching prefix of whole path components: `davs://host/data` matches
 * `davs://host/data/a`, but not `davs://host/database/a`. The rest is used unchanged, without decoding, and must not
 * climb.
 */
export function createPfnMap(
  map: Readonly<Record<string, string>>,
  { sourceStoragePath, s3 }: Places,
): PfnMap {
  const prefixes = Object.entries(map).sort(([one], [other]) => other.length - one.length);
  return {
    find(pfn) {
      const found = prefixes.find(([prefix]) => pfn === prefix || pfn.startsWith(`${prefix}/`));
      if (!found) return undefined;
      const [prefix, place] = found;
      const names = pfn
        .slice(prefix.length)
        .split('/')
        .filter((name) => name !== '');
      if (names.some((name) => name === '.' || name === '..')) {
        throw invalidPath(pfn, 'it contains the name "." or ".."');
      }
      const path = [place.replace(/\/+$/, ''), ...names].filter((part) => part !== '').join('/');
      const source = parseSource(path, { sourceStoragePath, s3 });
      if ('scope' in source) throw invalidPath(pfn, 'RUCIO_PFN_MAP leads back to Rucio');
      return source;
    },
  };
}
