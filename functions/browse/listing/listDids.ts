import * as z from 'zod';
import type { DirectoryPage } from '../../../shared/http/contract/files.ts';
import { invalidRequest } from '../../../shared/http/validation.ts';
import { type DidLocation, didPath } from '../../../shared/model/sourcePath.ts';
import type { Catalogue, CatalogueEntry } from '../../../shared/storage/catalogue.ts';

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
