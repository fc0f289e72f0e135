import type { ChecksumAlgorithm, PartChecksums } from '../digest/digests.ts';

/** The store's checksum of a whole object, as lower-case hex. */
export interface ObjectChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly hex: string;
  /** The parts of a `composite` one. */
  readonly parts?: PartChecksums;
}

/** The fields of the answers to HeadObject and GetObject that concern checksums. */
export interface DescribedObject {
  readonly ChecksumCRC64NVME?: string | undefined;
  readonly ChecksumCRC32C?: string | undefined;
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
  readonly ChecksumSHA1?: string | undefined;
  readonly ChecksumType?: string | undefined;
  readonly ContentLength?: number | undefined;
  readonly ETag?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
}

/** The same from the headers of an answer, by their names in lower case. */
export function describedBy(headers: ReadonlyMap<string, string>): DescribedObject {
  return {
    ChecksumCRC64NVME: headers.get('x-amz-checksum-crc64nvme'),
    ChecksumCRC32C: headers.get('x-amz-checksum-crc32c'),
    ChecksumCRC32: headers.get('x-amz-checksum-crc32'),
    ChecksumSHA256: headers.get('x-amz-checksum-sha256'),
    ChecksumSHA1: headers.get('x-amz-checksum-sha1'),
    ChecksumType: headers.get('x-amz-checksum-type'),
    ContentLength: Number(headers.get('content-length')),
    ETag: headers.get('etag'),
    ServerSideEncryption: headers.get('x-amz-server-side-encryption'),
    SSECustomerAlgorithm: headers.get('x-amz-server-side-encryption-customer-algorithm'),
  };
}

/** A checksum of the checksums of parts, which can be verified if their sizes are known. */
export interface CompositeChecksum {
  readonly algorithm: PartChecksums['algorithm'];
  readonly hex: string;
  readonly partCount: number;
}

/**
 * The cheapest of the store's checksums of a whole object; undefined if it has none, or only one of several parts
 * (`compositeOf`), whose sizes must be requested.
 */
export function checksumOf(described: DescribedObject): ObjectChecksum | undefined {
  const composite = compositeOf(described);
  const size = described.ContentLength;
  if (composite?.partCount === 1 && size !== undefined) return withParts(composite, [size]);
  const [first] = checksumsIn(described);
  if (first && described.ChecksumType !== 'COMPOSITE' && !composite)
    return { algorithm: first.algorithm, hex: hexOf(first.base64) };
  const md5 = md5OfEtag(described);
  return md5 === undefined ? undefined : { algorithm: 'md5', hex: md5 };
}

/**
 * The store's checksum of the checksums of parts, if it has one (type COMPOSITE; Amazon S3 user guide, "Checking object
 * integrity"): it ends with `-` and the number of parts.
 */
export function compositeOf(described: DescribedObject): CompositeChecksum | undefined {
  for (const { algorithm, base64 } of checksumsIn(described)) {
    const [, whole, count] = /^(.+)-(\d+)$/.exec(base64) ?? [];
    if (whole !== undefined) return { algorithm, hex: hexOf(whole), partCount: Number(count) };
  }
  return undefined;
}

/** A checksum of parts of these sizes. */
export function withParts({ algorithm, hex }: CompositeChecksum, sizes: readonly number[]): ObjectChecksum {
  return { algorithm: 'composite', hex, parts: { algorithm, sizes } };
}

function checksumsIn(described: DescribedObject) {
  const candidates: readonly [PartChecksums['algorithm'], string | undefined][] = [
    ['crc32', described.ChecksumCRC32],
    ['crc64nvme', described.ChecksumCRC64NVME],
    ['crc32c', described.ChecksumCRC32C],
    ['sha256', described.ChecksumSHA256],
    ['sha1', described.ChecksumSHA1],
  ];
  return candidates.flatMap(([algorithm, base64]) => (base64 ? [{ algorithm, base64 }] : []));
}

function hexOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

/** The ETag is the MD5 of an object that was uploaded in one piece, and not encrypted with a customer's key. */
function md5OfEtag(described: DescribedObject): string | undefined {
  const { ETag, ServerSideEncryption, SSECustomerAlgorithm } = described;
  const isPlain = (ServerSideEncryption ?? 'AES256') === 'AES256' && SSECustomerAlgorithm === undefined;
  const hex = /^"?([0-9a-f]{32})"?$/.exec(ETag ?? '')?.[1];
  return isPlain ? hex : undefined;
}
