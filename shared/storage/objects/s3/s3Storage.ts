import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { extendedEncodeURIComponent, HttpRequest } from '@smithy/core/protocols';
import type { Config } from '../../../config/config.ts';
import { isPrefix } from '../../../model/sourcePath.ts';
import type { StorageThreads } from '../../threads/threadPool.ts';
import { createObjectCopier } from '../copyObject.ts';
import { createDownloadBucket } from '../downloadBucket.ts';
import { objectSource } from '../objectSource.ts';
import type { ObjectStorage } from '../objectStorage.ts';
import { prefixSource } from '../prefixSource.ts';
import type { SignedRequest } from '../requests/httpConnections.ts';
import type { ObjectName } from '../requests/objectRequests.ts';
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

/**
 * Signs a GET of one version of an object, which a thread sends. The thread may add a range, because AWS Signature
 * Version 4 requires only the host and headers that start with `x-amz-` to be signed. Undefined if only the SDK can
 * send the request, because it signs in another way, or can report what is missing: credentials, for example.
 */
export type SignRequest = (version: Required<ObjectName>) => Promise<SignedRequest | undefined>;

/** Signs requests with the endpoint, the region and the credentials of a client, as the SDK would. */
function createRequestSigner(client: S3Client): SignRequest {
  const buckets = new Map<string, ReturnType<typeof signerOf>>();
  const sign: SignRequest = async ({ bucket, key, etag }) => {
    const finding = buckets.get(bucket) ?? signerOf(client, bucket);
    buckets.set(bucket, finding);
    finding.catch(() => buckets.delete(bucket));
    const { url, signer } = await finding;
    if (!signer || !/^[\x21-\x7e]+$/.test(etag)) return undefined;
    const signed = await signer.sign(
      new HttpRequest({
        method: 'GET',
        protocol: url.protocol,
        hostname: url.hostname,
        path: `${url.pathname.replace(/\/$/, '')}/${key.split('/').map(extendedEncodeURIComponent).join('/')}`,
        headers: { host: url.host, 'if-match': etag, 'x-amz-checksum-mode': 'ENABLED' },
      }),
      { signingDate: new Date(Date.now() + client.config.systemClockOffset) },
    );
    const isSecure = url.protocol === 'https:';
    const lines = Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return {
      isSecure,
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(url.port) || (isSecure ? 443 : 80),
      head: `GET ${signed.path} HTTP/1.1\r\n${lines.join('')}`,
      etag,
    };
  };
  return (version) => sign(version).catch(() => undefined);
}

async function signerOf(client: S3Client, Bucket: string) {
  const input = { Bucket, Key: 'any' };
  const { url, properties } = await getEndpointFromInstructions(input, GetObjectCommand, client.config);
  const [scheme] = properties?.['authSchemes'] ?? [];
  return { url, signer: scheme?.name === 'sigv4' ? await client.config.signer(scheme) : undefined };
}
