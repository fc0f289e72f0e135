import type { Request } from 'express';
import type { DigestAlgorithm } from '../../../shared/model/digestAlgorithm.ts';
import type { Digests } from '../../../shared/model/operation.ts';

/** Our digests by their names in the registry of RFC 3230 §4.1.1. */
const names: Readonly<Record<string, DigestAlgorithm>> = {
  adler32: 'adler32',
  md5: 'md5',
  'sha-256': 'sha256',
};

/** The digests that a client requests by Want-Digest (RFC 3230 §4.3.1) or Want-Repr-Digest (RFC 9530 §4). */
export function wantedDigests(request: Request): DigestAlgorithm[] {
  const wishes = `${request.get('want-digest') ?? ''},${request.get('want-repr-digest') ?? ''}`;
  const wanted = wishes.split(',').flatMap((wish) => {
    const [name = '', weight = '1'] = wish
      .trim()
      .toLowerCase()
      .split(/\s*(?:;\s*q=|=)\s*/);
    const algorithm = Object.hasOwn(names, name) ? names[name] : undefined;
    return algorithm && Number(weight) > 0 ? [algorithm] : [];
  });
  return [...new Set(wanted)];
}

/**
 * The known digests as headers: `Repr-Digest` with SHA-256 (RFC 9530 §3), and the older `Digest` with the requested
 * ones, including Adler-32 and MD5.
 */
export function digestHeaders(known: Digests, wanted: readonly DigestAlgorithm[]): Record<string, string> {
  const digest = wanted.flatMap((algorithm) => {
    const hex = known[algorithm];
    if (hex === undefined) return [];
    if (algorithm === 'adler32') return [`adler32=${hex}`];
    return [`${algorithm === 'md5' ? 'md5' : 'sha-256'}=${base64(hex)}`];
  });
  return {
    ...(known.sha256 !== undefined && { 'Repr-Digest': `sha-256=:${base64(known.sha256)}:` }),
    ...(digest.length > 0 && { Digest: digest.join(',') }),
  };
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}
