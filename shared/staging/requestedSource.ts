import type { Config } from '../config/config.ts';
import { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
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

/**
 * Whether a source may be brought to this site first: the operation waits then, perhaps longer than this process lives.
 * @throws RULES_NOT_OFFERED
 */
export function checkReplication(
  source: SourcePath,
  { rucio }: Pick<Config, 'rucio'>,
  hasTokenOfCaller = false,
): void {
  const refuse = (reason: string) => {
    throw new StagingError('RULES_NOT_OFFERED', { path: source.given, reason });
  };
  if (!isDid(source)) refuse('only what Rucio names is also at other sites');
  if (!rucio?.areRulesMade) refuse('this site makes no rules (RUCIO_RULES)');
  if (hasTokenOfCaller) refuse('it would wait for it, and your token at JupyterHub is never stored');
}
