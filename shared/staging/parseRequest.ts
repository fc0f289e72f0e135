import type { Config } from '../config/config.ts';
import { Secret, ServerToken } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import { findStagingMethod, type StagingMethodName } from '../model/methods.ts';
import type { Digests, Operation } from '../model/operation.ts';
import { parseNewTarget, type StoragePath, type Username, usernameSchema } from '../model/paths.ts';
import { isDid, parseSource, type SourcePath } from '../model/sourcePath.ts';
import type { StagingRequest } from './stagingMethod.ts';

/** The parts of a staging request: its paths are still strings. */
export interface RequestParts {
  readonly operationId: string;
  readonly method: StagingMethodName;
  readonly username: Username;
  readonly sourcePath: string;
  readonly targetPath: string;
  readonly expectedDigests: Digests;
  readonly jupyterToken?: string | undefined;
  readonly rucioToken?: string | undefined;
  readonly replicate?: boolean | undefined;
  readonly isAwaited: boolean;
}

/** A recorded request, with its method. */
interface RecordedRequest {
  readonly method: StagingMethodName;
  readonly request: StagingRequest;
}

const noPlace: StoragePath = { given: '', names: [] };

/**
 * Parses the paths of a request to stage.
 * @throws StagingError PATH_INVALID, PATH_OUTSIDE_STORAGE, TARGET_HIDDEN, BUCKET_NOT_OFFERED, RULES_NOT_OFFERED
 */
export function parseRequest(parts: RequestParts, config: Config): StagingRequest {
  const { operationId, username, expectedDigests, jupyterToken, isAwaited, replicate = false } = parts;
  const source = parseRequestedSource(parts, config);
  if (replicate) checkReplication(source, config, jupyterToken !== undefined);
  return {
    operationId,
    username,
    source,
    replicate,
    // A download has no target in a user area, even if the client sends one.
    target: parts.method === 'direct_download' ? noPlace : parseNewTarget(parts.targetPath, config),
    expectedDigests,
    jupyterToken: jupyterToken === undefined ? undefined : new ServerToken(jupyterToken),
    isAwaited,
  };
}

/**
 * The request of a recorded operation, to be run later. It does not have the caller's token, which is never stored.
 * @throws StagingError the request's error, as its client got it; NOT_RETRYABLE if the record is incomplete
 */
export function recordedRequest(operation: Operation, config: Config): RecordedRequest {
  const { id, username, relativePath, expectedDigests, datasetRole, replicate } = operation;
  if (datasetRole === 'item') {
    throw new StagingError('NOT_RETRYABLE', { reason: 'it is an item of an all-or-nothing batch' });
  }
  const isDataset = datasetRole === 'whole';
  const hasListedItems = isDataset && operation.localPathOnStorage === null;
  const localPathOnStorage = hasListedItems ? '.' : operation.localPathOnStorage;
  const method = findStagingMethod(operation.method ?? '');
  const parsedUsername = usernameSchema.safeParse(username);
  if (!method || !parsedUsername.success || localPathOnStorage === null || relativePath === null) {
    throw new StagingError('NOT_RETRYABLE', { reason: 'its request was invalid' });
  }
  const parts = { sourcePath: localPathOnStorage, targetPath: relativePath, expectedDigests, replicate };
  const who = { operationId: id, method, username: parsedUsername.data };
  const request = parseRequest({ ...who, ...parts, isAwaited: false }, config);
  return { method, request: isDataset ? { ...request, dataset: { hasListedItems } } : request };
}

/**
 * Parses a source. For a data identifier, the caller's token is included if the catalogue is queried with it.
 * @throws StagingError as `parseSource`
 */
export function parseRequestedSource(
  { sourcePath, rucioToken }: Pick<RequestParts, 'sourcePath' | 'rucioToken'>,
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
