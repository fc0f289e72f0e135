import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { Collection } from './catalogue.ts';
import type { OpenDirectory, OpenFile } from './mounted/openAt.ts';
import type { S3Object } from './objects/s3Object.ts';
import type { S3Prefix } from './objects/s3Prefix.ts';

/**
 * The strong entity tag of a file's current version (RFC 9110 §8.8.1): inode, size and time in nanoseconds of a mounted
 * file. The device is left out, because it differs between machines that mount the same storage; so is the ctime, which
 * links and modes change.
 */
export function sourceEtag(file: OpenFile | S3Object): string {
  if (file.kind === 'object') return objectEtag(file);
  return fileEtag(file.stat);
}

/** The entity tag of a file in this state. */
export function fileEtag({ ino, size, mtimeNs }: BigIntStats): string {
  return `"${[ino, size, mtimeNs].map((part) => part.toString(16)).join('-')}"`;
}

/**
 * Identifies a version of a file for as long as this machine mounts its storage: unlike the entity tag, it includes the
 * device and the ctime, which nobody can set back. An object's entity tag is enough: nobody can forge that of the store.
 */
export function sourceVersion(file: OpenFile | S3Object): string {
  if (file.kind === 'object') return objectEtag(file);
  const { stat } = file;
  return [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join('-');
}

/** An ETag of an object store is unique per key only; ours must be unique among all files. */
function objectEtag({ bucket, key, etag, sizeBytes }: S3Object): string {
  const version = JSON.stringify([bucket, key, etag, sizeBytes]);
  return `"s3-${createHash('sha256').update(version).digest('hex').slice(0, 32)}"`;
}

/** The version of a tree, by its measure: files have sizes, times and inodes, and objects have ETags. */
export function treeEtag({ files, bytes, fingerprint }: TreeVersion): string {
  return `"tree-${[files, bytes].map((count) => count.toString(16)).join('-')}-${fingerprint.toString(16)}"`;
}

interface TreeVersion {
  readonly files: number;
  readonly bytes: number;
  /** See `Measure`; of a prefix, its text. */
  readonly fingerprint: number | string;
}
/** A source of many files, staged as a directory. */
export type TreeSource = OpenDirectory | S3Prefix | Collection;

/** The data to stage. */
export type Source = OpenFile | S3Object | TreeSource;

/** Whether a source is one file, in whatever storage. */
export function isOneFile(source: Source): source is OpenFile | S3Object {
  return source.kind === 'file' || source.kind === 'object';
}
