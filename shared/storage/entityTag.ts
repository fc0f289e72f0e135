import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { ObjectVersion } from './objects/s3/s3Object.ts';

/**
 * The strong entity tag of a mounted file in this state (RFC 9110 §8.8.1): inode, size and time in nanoseconds. It
 * excludes the device, which differs between machines that mount the same storage, and the ctime, which changes with
 * links and modes.
 */
export function fileEtag({ ino, size, mtimeNs }: Pick<BigIntStats, 'ino' | 'size' | 'mtimeNs'>): string {
  return `"${[ino, size, mtimeNs].map((part) => part.toString(16)).join('-')}"`;
}

/** The entity tag of an object: an ETag of the store is unique per key only, and ours must be unique among all files. */
export function objectEtag({ bucket, key, etag, sizeBytes }: Omit<ObjectVersion, 'modifiedAt'>): string {
  const version = JSON.stringify([bucket, key, etag, sizeBytes]);
  return `"s3-${createHash('sha256').update(version).digest('hex').slice(0, 32)}"`;
}

/** The properties that distinguish versions of a tree. */
export interface TreeVersion {
  readonly files: number;
  readonly bytes: number;
  /** See `Measure`; as text for a prefix. */
  readonly fingerprint: number | string;
}

/** The version of a tree, by its measure: files have sizes, times and inodes, and objects have ETags. */
export function treeEtag({ files, bytes, fingerprint }: TreeVersion): string {
  return `"tree-${[files, bytes].map((count) => count.toString(16)).join('-')}-${fingerprint.toString(16)}"`;
}
