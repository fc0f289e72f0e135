// The client of Rucio's catalogue, which locates data. Answers are cached for a minute, failures are not. The
// catalogue's properties of a file are verified against its bytes when it is staged.

import { createHash } from 'node:crypto';
import { raceAbort } from '../async/abortSignals.ts';
import { memoizeFor } from '../async/coalesce.ts';
import type { Config } from '../config/config.ts';
import type { RucioConfig } from '../config/rucioConfig.ts';
import type { Catalogue, CatalogueEntry, CataloguePage, CataloguePageRequest } from '../storage/catalogue.ts';
import { collectionSource } from '../storage/collectionSource.ts';
import { createCollection } from './collection.ts';
import {
  type AskedDid,
  type DidEntry,
  describeDid,
  type FoundDid,
  type KnownDid,
  listContents,
  listFiles,
  searchDids,
} from './dids.ts';
import { createPfnMap, openReplica, type ReplicaStorages } from './openReplica.ts';
import { type LocatedFile, locateFiles, notLocal, sitesOf } from './replicas.ts';
import { createRucioClient, type RucioClient } from './rucioClient.ts';
import { createRucioTokens } from './rucioTokens.ts';

/** The dependencies of the catalogue. */
export interface CatalogueServices extends Pick<ReplicaStorages, 'sourceStorage' | 'objectStorage'> {
  readonly config: Pick<Config, 'rucio' | 'sourceStoragePath' | 's3' | 'identity'>;
}

/** How long answers are cached, in ms. */
const rememberedMs = 60_000;

/** Queries continue when nobody waits for them any longer, because others may need them. */
const unlimited = new AbortController().signal;

/** The catalogue of this Rucio. */
export function createRucioCatalogue(rucioConfig: RucioConfig, services: CatalogueServices): Catalogue {
  const rucio = createRucioClient(rucioConfig, createRucioTokens(rucioConfig));
  const storages = {
    ...services,
    projects: services.config.identity.projects,
    pfnMap: createPfnMap(rucioConfig.pfnMap, services.config),
    report: (pfn: string, reason: string) => declareSuspicious(rucio, rucioConfig, pfn, reason),
  };
  const describe = remember((did) => describeDid(rucio, did, unlimited));
  const contents = remember((did) => listContents(rucio, did, unlimited));
  const locateOne = remember((did) => locateFile(rucio, rucioConfig, did));
  return {
    async list(did, page, signal) {
      // Rucio's search has no pages: earlier results are requested again.
      if (did.name.includes('*')) {
        const found = await searchDids(rucio, did, page.offset + page.limit + 1, signal);
        return { of: undefined, ...cut(found, page) };
      }
      const known = await describe(did, signal);
      const [entries, sites] = await Promise.all([
        known.type === 'FILE' ? [] : contents(did, signal),
        sitesOf(rucio, did, known.type, signal),
      ]);
      return { of: { ...entryOf(known), isOpen: known.open === true, sites }, ...cut(entries, page) };
    },
    async open(did, signal) {
      const known = await describe(did, signal);
      if (known.type === 'FILE') {
        return openReplica(await locateOne(did, signal), storages, signal);
      }
      const { token } = did;
      const listed = await listFiles(rucio, did, signal);
      const collection = createCollection({ ...known, token }, listed, {
        locate: (files, during) => locateFiles(rucio, rucioConfig, files, token, during),
        open: (file, during) => openReplica(file, storages, during),
        notLocal: (file, onTape, during) => notLocal(rucio, { ...file, token }, onTape, during),
      });
      return collectionSource(collection);
    },
  };
}

/** Caches the description of a name, separately for each caller if each has their own token. */
function remember<Answer>(ask: (did: AskedDid) => Promise<Answer>) {
  const asked = new Map<string, AskedDid>();
  const remembered = memoizeFor(rememberedMs, async (key: string) => {
    const did = asked.get(key);
    asked.delete(key);
    if (!did) throw new Error('What is asked is known when it is asked');
    return ask(did);
  });
  return (did: AskedDid, signal: AbortSignal): Promise<Answer> => {
    const key = keyOf(did);
    asked.set(key, did);
    const answer = remembered(key);
    asked.delete(key);
    return raceAbort(answer, signal);
  };
}

function keyOf({ scope, name, token }: AskedDid): string {
  const caller = token && createHash('sha256').update(token.reveal()).digest('hex');
  return JSON.stringify([scope, name, caller]);
}

/** A file with a replica that can be read here. @throws DID_NOT_LOCAL, RUCIO_… */
async function locateFile(rucio: RucioClient, config: RucioConfig, did: AskedDid): Promise<LocatedFile> {
  const [located] = await locateFiles(rucio, config, [did], did.token, unlimited);
  if (located && located.pfns.length > 0) return located;
  throw await notLocal(rucio, did, located?.onTape ?? [], unlimited);
}

/** By Rucio's own call, if configured. If that fails, the difference is still reported. */
async function declareSuspicious(
  rucio: RucioClient,
  { isBadDeclared }: RucioConfig,
  pfn: string,
  reason: string,
): Promise<void> {
  if (!isBadDeclared) return;
  const body = { pfns: [pfn], reason: reason.slice(0, 250) };
  const request = { method: 'POST', path: '/replicas/suspicious', body } as const;
  await rucio.call(request, unlimited).catch(() => undefined);
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
