import type { Config } from '../../config/config.ts';
import type { S3Location } from '../../model/sourcePath.ts';
import type { S3Object } from '../objects/s3Object.ts';

/** What looks at an object store without copying from it. */
export interface ObjectBrowser {
  /** A page of what is directly beneath a prefix. @throws SOURCE_NOT_FOUND when nothing is, and as `open` */
  list(prefix: S3Location, page: ObjectPageRequest, signal: AbortSignal): Promise<ObjectPage>;
  /** Opens an object. @throws SOURCE_NOT_FOUND, SOURCE_UNREADABLE, OBJECT_STORE_… */
  open(location: S3Location, signal: AbortSignal): Promise<S3Object>;
}

/** Which page: `cursor` is the `nextCursor` of the page before. */
export interface ObjectPageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A page of objects and of the prefixes that stand for folders, by name. */
export interface ObjectPage {
  readonly entries: readonly ObjectEntry[];
  readonly nextCursor: string | null;
}

/** An object, or a folder of them: that has neither size nor time. */
interface ObjectEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number | null;
  readonly modifiedAt: Date | null;
}

/** Looks at the object store of these settings. Its client is large, and is loaded when it is first needed. */
export function createObjectBrowser(config: Config['s3']): ObjectBrowser {
  let loading: Promise<ObjectBrowser> | undefined;
  const load = () => {
    loading ??= import('../objects/s3Browser.ts').then(({ createS3Browser }) => createS3Browser(config));
    return loading;
  };
  return {
    list: async (...request) => (await load()).list(...request),
    open: async (...request) => (await load()).open(...request),
  };
}
