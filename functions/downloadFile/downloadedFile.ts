import { create } from 'content-disposition';
import { calendarTime } from '../../shared/model/calendarTime.ts';
import { displayName, type FileName, fileName, isText, textOf } from '../../shared/model/fileName.ts';
import { type Source, sourceEtag, type TreeSource } from '../../shared/storage/dataSource.ts';
import { mountedFile } from '../../shared/storage/mounted/mountedFile.ts';
import type { OpenFile } from '../../shared/storage/mounted/openAt.ts';
import type { S3Object } from '../../shared/storage/objects/s3Object.ts';
import type { ReadableFile } from '../../shared/storage/readableFile.ts';

/** A file to download, from any storage, with what the headers need. */
export interface DownloadedFile {
  readonly content: ReadableFile;
  readonly name: string;
  readonly etag: string;
  /** Null if no header could say it. */
  readonly modifiedAt: Date | null;
}

/** A source that is one file, as a download. */
export function downloadedFile(source: OpenFile | S3Object): DownloadedFile {
  const content = source.kind === 'file' ? mountedFile(source) : source;
  return {
    content,
    name: nameOf(source),
    etag: sourceEtag(source),
    modifiedAt: calendarTime(content.modifiedAtNs),
  };
}

/** The file name for saving a download. */
export function nameOf(source: Source): string {
  if (source.kind === 'file' || source.kind === 'directory') {
    const name = source.location.at(-1) ?? 'storage';
    // Programs that save it would take a backslash for a folder.
    return isText(name) ? textOf(name) : displayName(name).replaceAll('\\', '_');
  }
  const [path, top] =
    source.kind === 'collection' ? [source.name, source.scope] : [source.key, source.bucket];
  return path.split('/').findLast((name) => name !== '') ?? top;
}

/** The name of the folder that an archive of a tree unpacks to: just the source's, also where that is no text. */
export function archivedName(source: TreeSource): FileName {
  return (source.kind === 'directory' && source.location.at(-1)) || fileName(nameOf(source));
}

/**
 * The Content-Disposition that saves an answer under a name, as in RFC 6266. A simple name would not need quotes, but
 * clients of the first service look for them.
 */
export function attachment(name: string): string {
  return create(name).replace(/filename=([^";]+)/, 'filename="$1"');
}
