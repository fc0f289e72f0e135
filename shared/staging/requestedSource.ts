import type { Config } from '../config/config.ts';
import { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import { isDid, parseSource, type SourcePath } from '../model/sourcePath.ts';

/** A source as named by a caller. */
interface RequestedSource {
  readonly sourcePath: string;
  readonly rucioToken?: string | undefined;
}

/**
 * Parses a source. For a data identifier, the caller's token is included if the catalogue is queried with it.
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
 * Whether data may be replicated to this site first: the operation may then wait longer than this process lives.
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
  if (!isDid(source)) refuse('only rucio:// sources can be replicated from other sites');
  if (!rucio?.areRulesMade) refuse('this site makes no rules (RUCIO_RULES)');
  if (hasTokenOfCaller) refuse('it would wait for it, and your token at JupyterHub is never stored');
}
