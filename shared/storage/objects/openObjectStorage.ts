import type { Config } from '../../config/config.ts';
import type { ObjectStorage } from './objectStorage.ts';

/** The object store of these settings. Its client is large, and loaded and created on first use. */
export function createObjectStorage(config: Config['s3']): ObjectStorage {
  let loading: Promise<ObjectStorage> | undefined;
  const load = () => {
    loading ??= import('./s3Storage.ts').then(({ createS3Storage }) => createS3Storage(config));
    return loading;
  };
  return {
    open: async (location, signal) => (await load()).open(location, signal),
    copyObject: async (...copy) => (await load()).copyObject(...copy),
    copyPrefix: async (...copy) => (await load()).copyPrefix(...copy),
    presign: async (object, contentDisposition) => (await load()).presign(object, contentDisposition),
    downloadBucket: async (name) => (await load()).downloadBucket(name),
  };
}
