import type { HeadObjectOutput } from '@aws-sdk/client-s3';
import type { ChecksumAlgorithm } from '../digest/digests.ts';

/** The store's checksum of a whole object, as lower-case hex. */
export interface ObjectChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly hex: string;
}

type Described = Pick<
  HeadObjectOutput,
  | 'ChecksumCRC64NVME'
  | 'ChecksumCRC32C'
  | 'ChecksumCRC32'
  | 'ChecksumSHA256'
  | 'ChecksumSHA1'
  | 'ChecksumType'
  | 'ETag'
  | 'ServerSideEncryption'
  | 'SSECustomerAlgorithm'
>;

/**
 * The cheapest of the store's checksums of a whole object; undefined if it has none. One of type COMPOSITE is a
 * checksum of the checksums of parts whose sizes are unknown (Amazon S3 user guide, "Checking object integrity"); it
 * ends with `-` and the number of parts.
 */
export function checksumOf(described: Described): ObjectChecksum | undefined {
  const candidates: readonly [ChecksumAlgorithm, string | undefined][] = [
    ['crc64nvme', described.ChecksumCRC64NVME],
    ['crc32c', described.ChecksumCRC32C],
    ['crc32', described.ChecksumCRC32],
    ['sha256', described.ChecksumSHA256],
    ['sha1', described.ChecksumSHA1],
  ];
  if (described.ChecksumType !== 'COMPOSITE') {
    for (const [algorithm, base64] of candidates) {
      if (base64 && !base64.includes('-')) {
        return { algorithm, hex: Buffer.from(base64, 'base64').toString('hex') };
      }
    }
  }
  const md5 = md5OfEtag(described);
  return md5 === undefined ? undefined : { algorithm: 'md5', hex: md5 };
}

/** The ETag is the MD5 of an object that was uploaded in one piece, and not encrypted with a customer's key. */
function md5OfEtag({ ETag, ServerSideEncryption, SSECustomerAlgorithm }: Described): string | undefined {
  const isPlain = (ServerSideEncryption ?? 'AES256') === 'AES256' && SSECustomerAlgorithm === undefined;
  const hex = /^"?([0-9a-f]{32})"?$/.exec(ETag ?? '')?.[1];
  return isPlain ? hex : undefined;
}
