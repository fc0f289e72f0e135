import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Config } from '../../../config/config.ts';
import { isPrefix } from '../../../model/sourcePath.ts';
import type { StorageThreads } from '../../threads/threadPool.ts';
import { createObjectCopier } from '../copyObject.ts';
import { createDownloadBucket } from '../downloadBucket.ts';
import { objectSource } from '../objectSource.ts';
import type { ObjectStorage } from '../objectStorage.ts';
import { prefixSource } from '../prefixSource.ts';
import { createRequestSigner } from '../requests/signRequest.ts';
import { createS3Client } from './s3Client.ts';
import { openObject } from './s3Object.ts';
import { checkPrefix } from './s3Prefix.ts';

const presignedSeconds = 3600;

/** The object store, with the AWS SDK. Objects are copied in these threads. */
export function createS3Storage(config: Config['s3'], threads: StorageThreads): ObjectStorage {
  const client = createS3Client(config);
  const requests = { threads, sign: createRequestSigner(client) };
  const means = { ...requests, copyObject: createObjectCopier(requests) };
  return {
    async open(location, signal) {
      if (!isPrefix(location))
        return objectSource(await openObject(client, location, signal), means.copyObject);
      await checkPrefix(client, location, signal);
      return prefixSource(client, location, means);
    },
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
