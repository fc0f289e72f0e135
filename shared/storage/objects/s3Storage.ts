import { GetObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Config } from '../../config/config.ts';
import { isPrefix } from '../../model/sourcePath.ts';
import { createObjectCopier } from './copyObject.ts';
import { copyPrefix } from './copyPrefix.ts';
import { createDownloadBucket } from './downloadBucket.ts';
import type { ObjectStorage } from './objectStorage.ts';
import { createS3Client } from './s3Client.ts';
import { openObject } from './s3Object.ts';
import { openPrefix } from './s3Prefix.ts';

const presignedSeconds = 3600;

/** The object store, with the AWS SDK. */
export function createS3Storage(config: Config['s3']): ObjectStorage {
  const client = createS3Client(config);
  const copyObject = createObjectCopier();
  return {
    open: (location, signal) =>
      isPrefix(location) ? openPrefix(client, location, signal) : openObject(client, location, signal),
    copyObject,
    copyPrefix: (prefix, folder, copy) => copyPrefix(prefix, folder, copyObject, copy),
    presign({ bucket, key }, contentDisposition) {
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ResponseContentDisposition: contentDisposition,
        ResponseContentType: 'application/octet-stream',
      });
      return getSignedUrl(client, command, { expiresIn: presignedSeconds });
    },
    downloadBucket: async (name) => createDownloadBucket(client, name),
  };
}
