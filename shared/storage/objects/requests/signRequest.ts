import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { extendedEncodeURIComponent, HttpRequest } from '@smithy/core/protocols';
import type { SignedRequest } from './httpConnections.ts';
import type { ObjectName } from './objectRequests.ts';

/**
 * Signs a GET of one version of an object, which a thread sends. The thread may add a range, because AWS Signature
 * Version 4 requires only the host and headers that start with `x-amz-` to be signed. Undefined if only the SDK can
 * send the request, because it signs in another way, or can report what is missing: credentials, for example.
 */
export type SignRequest = (version: Required<ObjectName>) => Promise<SignedRequest | undefined>;

/** Signs requests with the endpoint, the region and the credentials of a client, as the SDK would. */
export function createRequestSigner(client: S3Client): SignRequest {
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
