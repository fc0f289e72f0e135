import type { S3Location } from '../../model/sourcePath.ts';
import type { FileSource, Source } from '../source.ts';
import type { DownloadBucket } from './downloadBucket.ts';
import type { ObjectName } from './requests/objectRequests.ts';

/** The object store of the sources. */
export interface ObjectStorage {
  /** Opens an object, or a prefix. @throws SOURCE_NOT_FOUND, SOURCE_UNREADABLE, OBJECT_STORE_… */
  open(location: S3Location, signal: AbortSignal): Promise<Source>;
  /**
   * A presigned address of an object, valid for an hour, for requests with this method. Its answers have this
   * Content-Disposition, and the stored bytes: clients do not decode them.
   */
  presign(object: ObjectName, method: 'GET' | 'HEAD', contentDisposition: string): Promise<string>;
  /** The bucket for large downloads. */
  downloadBucket(name: string): Promise<DownloadBucket>;
}

/** Reads an object store without copying from it. */
export interface ObjectBrowser {
  /** One page of the entries directly beneath a prefix. @throws SOURCE_NOT_FOUND if there are none, and like `open` */
  list(prefix: S3Location, page: ObjectPageRequest, signal: AbortSignal): Promise<ObjectPage>;
  /** Opens an object. @throws SOURCE_NOT_FOUND, SOURCE_UNREADABLE, OBJECT_STORE_… */
  open(location: S3Location, signal: AbortSignal): Promise<FileSource>;
}

/** Which page: `cursor` is the `nextCursor` of the page before. */
export interface ObjectPageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One page of objects and of the prefixes that act as folders, by name. */
export interface ObjectPage {
  readonly entries: readonly ObjectEntry[];
  readonly nextCursor: string | null;
}

/** An object, or a folder of objects, which has no size or time. */
interface ObjectEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number | null;
  readonly modifiedAt: Date | null;
}
