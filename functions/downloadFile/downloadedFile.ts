import { create } from 'content-disposition';
import type { Config } from '../../shared/config/config.ts';
import { displayName, isText, textOf } from '../../shared/model/fileName.ts';
import type { FileSource, Source } from '../../shared/storage/source.ts';

/** The file name for saving a download. */
export function nameOf({ name }: Pick<Source, 'name'>): string {
  // Clients that save it would interpret a backslash as a folder separator.
  return isText(name) ? textOf(name) : displayName(name).replaceAll('\\', '_');
}

/** A file in the object store. */
export type StoredFile = FileSource & Required<Pick<FileSource, 'object'>>;

/** Whether clients fetch a file from the object store: not files of the catalogue, which are verified here. */
export function isSentByStore(source: Source, { s3 }: Pick<Config, 's3'>): source is StoredFile {
  const isStored = source.kind === 'file' && source.object !== undefined && !source.catalogued;
  return isStored && !s3.isProxied;
}

/**
 * The Content-Disposition that saves an answer under a name, as in RFC 6266. A simple name would not need quotes, but
 * clients of the first service expect them.
 */
export function attachment(name: string): string {
  return create(name).replace(/filename=([^";]+)/, 'filename="$1"');
}
