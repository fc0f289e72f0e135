import type { Config } from '../../config/config.ts';
import type { StorageThreads } from '../threads/threadPool.ts';
import type { ObjectStorage } from './objectStorage.ts';

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
