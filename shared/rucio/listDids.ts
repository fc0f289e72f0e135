import type { CatalogueEntry, CataloguePage, CataloguePageRequest } from '../storage/catalogue.ts';
import { type AskedDid, type DidEntry, type FoundDid, type KnownDid, searchDids } from './dids.ts';
import { sitesOf } from './replicas.ts';
import type { RucioClient } from './rucioClient.ts';

/** The dependencies of a list. */
export interface ListMeans {
  readonly rucio: RucioClient;
  describe(did: AskedDid, signal: AbortSignal): Promise<KnownDid>;
  contents(did: AskedDid, signal: AbortSignal): Promise<readonly DidEntry[]>;
}

/** A page of the contents of a name, or of the names that match a pattern. @throws DID_NOT_FOUND, RUCIO_… */
export async function listDids(
  means: ListMeans,
  did: AskedDid,
  page: CataloguePageRequest,
  signal: AbortSignal,
): Promise<CataloguePage> {
  if (did.name.includes('*')) return search(means, did, page, signal);
  const known = await means.describe(did, signal);
  const [contents, sites] = await Promise.all([
    known.type === 'FILE' ? [] : means.contents(did, signal),
    sitesOf(means.rucio, did, known.type, signal),
  ]);
  const of = { ...entryOf(known), isOpen: known.open === true, sites };
  return { of, ...cut(contents, page) };
}

/** Rucio's search has no pages: earlier results are requested again. */
async function search(
  { rucio }: ListMeans,
  did: AskedDid,
  page: CataloguePageRequest,
  signal: AbortSignal,
): Promise<CataloguePage> {
  const wanted = { type: 'all', limit: page.offset + page.limit + 1 };
  return { of: undefined, ...cut(await searchDids(rucio, did, wanted, signal), page) };
}

function cut(
  all: readonly (DidEntry | FoundDid)[],
  { offset, limit }: CataloguePageRequest,
): Pick<CataloguePage, 'entries' | 'hasMore'> {
  const end = offset + limit;
  return { entries: all.slice(offset, end).map(entryOf), hasMore: all.length > end };
}

function entryOf({ scope, name, type, bytes, ...rest }: DidEntry | FoundDid | KnownDid): CatalogueEntry {
  const length = 'length' in rest ? (rest.length ?? null) : null;
  return { scope, name, type, sizeBytes: bytes ?? null, files: type === 'FILE' ? 1 : length };
}
