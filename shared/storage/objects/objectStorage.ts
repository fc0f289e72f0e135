import type { Config } from '../../config/config.ts';
import type { S3Location } from '../../model/sourcePath.ts';
import type { Source } from '../source.ts';
import type { StorageThreads } from '../threads/threadPool.ts';
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

/** The dependencies of the object storage. */
export interface ObjectStorageServices {
  readonly config: Pick<Config, 's3'>;
  readonly objectThreads: StorageThreads;
}

/** The object store of these settings. Its client is large, and loaded and created on first use. */
export function createObjectStorage({ config, objectThreads }: ObjectStorageServices): ObjectStorage {
  let loading: Promise<ObjectStorage> | undefined;
  const load = () => {
    loading ??= import('./s3/s3Storage.ts').then(({ createS3Storage }) =>
      createS3Storage(config.s3, objectThreads),
    );
    return loading;
  };
  return {
    open: async (location, signal) => (await load()).open(location, signal),
    presign: async (...object) => (await load()).presign(...object),
    downloadBucket: async (name) => (await load()).downloadBucket(name),
  };
}
