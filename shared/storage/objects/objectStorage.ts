import type { S3Location } from '../../model/sourcePath.ts';
import type { ClosedDirectory } from '../userArea/closedDirectory.ts';
import type { CopyObject } from './copyObject.ts';
import type { PrefixCopy } from './copyPrefix.ts';
import type { DownloadBucket } from './downloadBucket.ts';
import type { ObjectName } from './objectRequests.ts';
import type { S3Object } from './s3Object.ts';
import type { S3Prefix } from './s3Prefix.ts';

/** The object store of the sources. */
export interface ObjectStorage {
  /** Opens an object, or a prefix. @throws SOURCE_NOT_FOUND, SOURCE_UNREADABLE, OBJECT_STORE_… */
  open(location: S3Location, signal: AbortSignal): Promise<S3Object | S3Prefix>;
  /** Copies an object into an empty file. @throws like `CopyObject` */
  copyObject: CopyObject;
  /** Copies all objects of a prefix into an empty folder. @throws like `copyObject`, and OBJECT_NAME_UNSUPPORTED */
  copyPrefix(prefix: S3Prefix, folder: ClosedDirectory, copy: PrefixCopy): Promise<void>;
  /**
   * An address of an object for an hour, without credentials, for requests with this method. Answers there have this
   * Content-Disposition, and the bytes that are stored: clients do not decode them.
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
  open(location: S3Location, signal: AbortSignal): Promise<S3Object>;
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
