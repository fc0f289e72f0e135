import * as z from 'zod';
import type { Config } from '../../../shared/config/config.ts';
import type { DirectoryPage } from '../../../shared/http/contract/answers/files.ts';
import { invalidRequest } from '../../../shared/http/validation.ts';
import { type DidLocation, didPath, type S3Location } from '../../../shared/model/sourcePath.ts';
import type { Catalogue, CatalogueEntry } from '../../../shared/storage/catalogue.ts';
import type { ObjectBrowser, ObjectPageRequest } from '../../../shared/storage/objects/objectBrowser.ts';

/** Names that cannot be file names (see `S3Prefix`). */
const unstageable = ['', '.', '..'];

/** The path under which the source buckets are listed. */
export const bucketsPath = 's3://';

/** The source buckets, each shown as a folder; all of them are on one page. */
export function listBuckets({ s3 }: Pick<Config, 's3'>): DirectoryPage {
  const entries = [...s3.sourceBuckets]
    .sort()
    .map((name) => ({ name, kind: 'directory' as const, size_bytes: null, modified_at: null }));
  return { path: bucketsPath, entries, next_cursor: null };
}

/**
 * One page of a bucket or prefix; the final slash of a prefix may be missing.
 * @throws SOURCE_NOT_FOUND, SOURCE_UNREADABLE, OBJECT_STORE_…, BODY_INVALID for an invalid cursor
 */
export async function listObjects(
  objects: ObjectBrowser,
  { given, bucket, key }: S3Location,
  page: ObjectPageRequest,
  signal: AbortSignal,
): Promise<DirectoryPage> {
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  const { entries, nextCursor } = await objects.list({ given, bucket, key: prefix }, page, signal);
  return {
    path: `s3://${bucket}/${prefix}`,
    entries: entries.map(({ name, isFolder, sizeBytes, modifiedAt }) => ({
      name,
      kind: unstageable.includes(name) ? 'other' : isFolder ? 'directory' : 'file',
      size_bytes: sizeBytes,
      modified_at: modifiedAt?.toISOString() ?? null,
    })),
    next_cursor: nextCursor,
  };
}

/**
 * One page of the contents of a data identifier, or of those that match its `*`.
 * @throws DID_NOT_FOUND, RUCIO_…, BODY_INVALID for an invalid cursor
 */
export async function listDids(
  catalogue: Catalogue,
  did: DidLocation,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  signal: AbortSignal,
): Promise<DirectoryPage> {
  const offset = cursor === undefined ? 0 : offsetOf(cursor);
  const { of, entries, hasMore } = await catalogue.list(did, { offset, limit }, signal);
  return {
    path: didPath(did),
    ...(of && { did: { ...didEntry(of), open: of.isOpen, sites: [...of.sites] } }),
    entries: entries.map((entry) => ({
      name: `${entry.scope}:${entry.name}`,
      kind: entry.type === 'FILE' ? 'file' : 'directory',
      size_bytes: entry.sizeBytes,
      modified_at: null,
      did: didEntry(entry),
    })),
    next_cursor: hasMore ? String(offset + limit) : null,
  };
}

function didEntry({ type, sizeBytes, files, ...did }: CatalogueEntry) {
  return { source: didPath(did), type, size_bytes: sizeBytes, files };
}

function offsetOf(cursor: string): number {
  const offset = z.coerce.number().int().min(1).max(1_000_000).safeParse(cursor);
  if (offset.success) return offset.data;
  throw invalidRequest([{ path: 'query.cursor', message: 'is not a cursor of this listing' }]);
}
