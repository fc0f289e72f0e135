import type { DigestAlgorithm } from '../model/digestAlgorithm.ts';
import type { FileName } from '../model/fileName.ts';
import type { Digests, Operation } from '../model/operation.ts';
import type { DidLocation, SourcePath } from '../model/sourcePath.ts';
import type { Wait } from '../record/queueRecord.ts';
import type { DigestMeans } from './digest/digestOpenFile.ts';
import type { FileSource, Source } from './source.ts';

/** The catalogue that locates data: Rucio. */
export interface Catalogue {
  /**
   * Opens the replica of a file at this site, or the files of a dataset or container.
   * @throws DID_NOT_FOUND, DID_NOT_LOCAL, REPLICA_UNMAPPED, REPLICA_DIFFERS by its size, RUCIO_…; errors of its storage
   */
  open(did: DidLocation, signal: AbortSignal): Promise<Source>;
  /**
   * One page of what a dataset or container contains or, if the name has a `*`, of the names that match it.
   * @throws DID_NOT_FOUND, RUCIO_…
   */
  list(did: DidLocation, page: CataloguePageRequest, signal: AbortSignal): Promise<CataloguePage>;
}

/** Opens the data with this name in the catalogue. @throws like `Catalogue.open` */
export function openDid(
  did: DidLocation,
  catalogue: Catalogue | undefined,
  signal: AbortSignal,
): Promise<Source> {
  if (!catalogue) throw new Error('Data identifiers are parsed only where there is a catalogue');
  return catalogue.open(did, signal);
}

/** Which part of a list to show: a number of entries, after an offset. */
export interface CataloguePageRequest {
  readonly offset: number;
  readonly limit: number;
}

/** A name in the catalogue, for display. Unknown numbers are null. */
export interface CatalogueEntry {
  readonly scope: string;
  readonly name: string;
  readonly type: 'FILE' | 'DATASET' | 'CONTAINER';
  readonly sizeBytes: number | null;
  readonly files: number | null;
}

/** A page of names, and the name that they belong to, unless the page is a search result. */
export interface CataloguePage {
  readonly of: (CatalogueEntry & { readonly isOpen: boolean; readonly sites: readonly string[] }) | undefined;
  readonly entries: readonly CatalogueEntry[];
  readonly hasMore: boolean;
}

/** The catalogue's information about a file that was opened by its name there. */
export interface Catalogued {
  /** Where it was found: a path beneath the source storage, or an s3:// address. */
  readonly location: string;
  /** The digests that the catalogue knows. */
  readonly algorithms: readonly DigestAlgorithm[];
  /** Compares all bytes of the replica, by their digests. @throws REPLICA_DIFFERS */
  prove(digests: Digests): Promise<void>;
}

/** The files of a dataset or container, as they were when it was opened; staged as a directory. */
export interface Collection {
  readonly scope: string;
  readonly name: string;
  /** Its description at opening, in one line for the record. */
  readonly description: string;
  readonly bytes: number;
  readonly files: number;
  /** Its files in the order of their paths, each with its replica at this site. @throws like `Catalogue.open` */
  replicas(signal: AbortSignal): AsyncGenerator<CollectionFile, void, void>;
}

/** A file of a collection. */
export interface CollectionFile {
  /** Its path in the directory: the name in the catalogue, split at slashes. */
  readonly path: readonly FileName[];
  /** Its name in the catalogue. */
  readonly did: Pick<DidLocation, 'scope' | 'name'>;
  open(): Promise<FileSource>;
}

/**
 * Verifies that a file opened by its name in the catalogue matches the catalogue: digests that were not computed during
 * the transfer are computed now. Other files are not checked.
 * @throws REPLICA_DIFFERS
 */
export async function proveReplica(
  source: FileSource,
  transferred: Digests,
  means: DigestMeans,
): Promise<void> {
  const { catalogued } = source;
  if (!catalogued) return;
  const missing = catalogued.algorithms.filter((algorithm) => transferred[algorithm] === undefined);
  const computed = missing.length > 0 ? await source.digest(missing, means) : {};
  await catalogued.prove({ ...transferred, ...computed });
}

/** Replicates data to this site and protects it by rules at Rucio, and ends rules that are no longer needed. */
export interface RuleKeeper {
  /**
   * Creates a rule that replicates the data of an operation to this site, if it is not here.
   * @returns what the operation has to wait for; undefined when all data is here
   * @throws DID_NOT_FOUND, RULE_REFUSED, RULE_STUCK, RUCIO_…
   */
  bring(operation: Operation, source: SourcePath, signal: AbortSignal): Promise<Wait | undefined>;
  /**
   * Protects the data that links are about to lead to by a rule, if the settings enable that.
   * @throws DID_NOT_LOCAL when it is no longer here; RULE_REFUSED, RUCIO_…
   */
  pin(operation: Operation, source: SourcePath, signal: AbortSignal): Promise<void>;
}
