export const digestAlgorithms = ['sha256', 'adler32', 'md5'] as const;

/** A digest that the service computes: SHA-256, MD5 (hex), or Adler-32 as Rucio writes it (8 hex digits). */
export type DigestAlgorithm = (typeof digestAlgorithms)[number];
