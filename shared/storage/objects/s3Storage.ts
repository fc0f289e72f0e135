import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Config } from '../../config/config.ts';
import { isPrefix } from '../../model/sourcePath.ts';
import type { StorageThreads } from '../threads/threadPool.ts';
import { createObjectCopier } from './copyObject.ts';
import { copyPrefix } from './copyPrefix.ts';
import { createDownloadBucket } from './downloadBucket.ts';
import type { ObjectStorage } from './objectStorage.ts';
import { createS3Client } from './s3Client.ts';
import { openObject } from './s3Object.ts';
import { openPrefix } from './s3Prefix.ts';
import { createRequestSigner } from './signRequest.ts';

const presignedSeconds = 3600;

/** The object store, with the AWS SDK. Objects are copied in these threads. */
export function createS3Storage(config: Config['s3'], threads: StorageThreads): ObjectStorage {
  const client = createS3Client(config);
  const means = { threads, sign: createRequestSigner(client) };
  const copyObject = createObjectCopier(means);
  return {
    open: (location, signal) =>
      isPrefix(location) ? openPrefix(client, location, signal) : openObject(client, location, signal),
    copyObject,
    copyPrefix: (prefix, folder, copy) => copyPrefix(prefix, folder, { ...means, copyObject }, copy),
    presign({ bucket, key }, method, contentDisposition) {
      const input = {
        Bucket: bucket,
        Key: key,
        ResponseContentDisposition: contentDisposition,
        ResponseContentEncoding: 'identity',
        ResponseContentType: 'application/octet-stream',
      };
      const command = method === 'HEAD' ? new HeadObjectCommand(input) : new GetObjectCommand(input);
      return getSignedUrl(client, command, { expiresIn: presignedSeconds });
    },
    downloadBucket: async (name) => createDownloadBucket(client, name),
  };
}
