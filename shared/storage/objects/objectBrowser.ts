import type { Config } from '../../config/config.ts';
import type { S3Location } from '../../model/sourcePath.ts';
import type { FileSource } from '../source.ts';

/** Reads an object store without copying from it. */
export interface ObjectBrowser {
  /** One page of the entries directly beneath a prefix. @throws SOURCE_NOT_FOUND if there are none, and like `open` */
  list(prefix: S3Location, page: ObjectPageRequest, signal: AbortSignal): Promise<ObjectPage>;
  /** Opens an object. @throws SOURCE_NOT_FOUND, SOURCE_UNREADABLE, OBJECT_STORE_… */
  open(location: S3Location, signal: AbortSignal): Promise<FileSource>;
}

/** Which page: `cursor` is the `nextCursor` of the page before. */
export interface ObjectPageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One page of objects and of the prefixes that act as folders, by name. */
export interface ObjectPage {
  readonly entries: readonly ObjectEntry[];
  readonly nextCursor: string | null;
}

/** An object, or a folder of objects, which has no size or time. */
interface ObjectEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number | null;
  readonly modifiedAt: Date | null;
}

/**
 * Reads the object store of these settings. Its client is large, and loaded on first use. Apart from
 * `objectStorage.ts`, because bundles contain every module that a file may load.
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
