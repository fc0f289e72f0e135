import type { Catalogue } from '../storage/catalogue.ts';
import type { CatalogueServices } from './rucioCatalogue.ts';

/** The catalogue of these settings; undefined if none is configured. Its client is loaded and created on first use. */
export function openCatalogue(services: CatalogueServices): Catalogue | undefined {
  const { rucio } = services.config;
  if (!rucio) return undefined;
  let loading: Promise<Catalogue> | undefined;
  const load = () => {
    loading ??= import('./rucioCatalogue.ts').then(({ createRucioCatalogue }) =>
      createRucioCatalogue(rucio, services),
    );
    return loading;
  };
  return {
    open: async (did, signal) => (await load()).open(did, signal),
    list: async (did, page, signal) => (await load()).list(did, page, signal),
  };
}
