import type { Config } from '../config/config.ts';
import { Secret } from '../config/secret.ts';
import { isDid, parseSource, type SourcePath } from '../model/sourcePath.ts';

/** A source as a caller names it. */
interface RequestedSource {
  readonly sourcePath: string;
  readonly rucioToken?: string | undefined;
}

/**
 * Parses a source. The caller's token goes with a name in the catalogue, if the catalogue is asked with that.
 * @throws StagingError as `parseSource`
 */
export function parseRequestedSource(
  { sourcePath, rucioToken }: RequestedSource,
  config: Config,
): SourcePath {
  const source = parseSource(sourcePath, config);
  if (!isDid(source) || rucioToken === undefined) return source;
  return { ...source, token: new Secret(rucioToken) };
}
