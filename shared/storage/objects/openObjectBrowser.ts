import type { Config } from '../../config/config.ts';
import type { ObjectBrowser } from './objectStorage.ts';

/**
 * Reads the object store of these settings. Its client is large, and loaded on first use. In a separate file, because
 * bundles contain every module that a file may load.
 */
export function createObjectBrowser(config: Config['s3']): ObjectBrowser {
  let loading: Promise<ObjectBrowser> | undefined;
  const load = () => {
    loading ??= import('./s3/s3Browser.ts').then(({ createS3Browser }) => createS3Browser(config));
    return loading;
  };
  return {
    list: async (...request) => (await load()).list(...request),
    open: async (...request) => (await load()).open(...request),
  };
}
