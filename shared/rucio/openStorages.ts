import { createObjectStorage, type ObjectStorageServices } from '../storage/objects/objectStorage.ts';
import type { Storages } from '../storage/openSource.ts';
import { openCatalogue } from './openCatalogue.ts';
import type { CatalogueServices } from './rucioCatalogue.ts';

/** The storages of a method that accepts any source: the object store and the catalogue besides the mounted storage. */
export function openStorages(services: ObjectStorageServices & CatalogueServices): Storages {
  const { config, sourceStorage } = services;
  const objectStorage = createObjectStorage(services);
  return { sourceStorage, objectStorage, catalogue: openCatalogue({ config, sourceStorage, objectStorage }) };
}
