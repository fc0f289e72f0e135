import { baseName } from '../../format/format.ts';

/** A destination, and the source that it was made for. */
interface Destination {
  readonly source: string;
  readonly target: string;
}

/**
 * The destination for another source: the same folder with the new source's name. A name that the user chose stays.
 */
export function followSource({ source, target }: Destination, newSource: string): string {
  const folderEnd = target.lastIndexOf('/') + 1;
  const isOwnName = target.slice(folderEnd) !== baseName(source);
  return isOwnName ? target : target.slice(0, folderEnd) + baseName(newSource);
}
