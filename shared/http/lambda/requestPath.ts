/** What an event says of the path that was asked for. */
interface EventPath {
  readonly path: string;
  readonly pathParameters?: Readonly<Record<string, string | undefined>> | null | undefined;
  readonly stage: string | undefined;
  /** Whether it came through an HTTP API, not a REST API. */
  readonly isHttpApi: boolean;
}

/**
 * The path of a request, percent-encoded as a client sends it, without the stage.
 * HTTP APIs put a stage that has a name before the path, and decode the path. REST APIs do neither, and emulators of
 * HTTP APIs do not decode. What is decoded is encoded again; an encoded slash cannot be told from a slash any more.
 */
export function requestPath({ path, pathParameters, stage, isHttpApi }: EventPath): string {
  const withoutStage = isHttpApi ? removeStage(path, stage) : path;
  const isDecoded = !isEncoded(withoutStage) || (isHttpApi && endsAsDecoded(withoutStage, pathParameters));
  return isDecoded ? encodePath(withoutStage) : withoutStage;
}

function removeStage(path: string, stage: string | undefined): string {
  if (stage === undefined || stage === '$default') return path;
  if (path === `/${stage}`) return '/';
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path;
}

/** Whether it holds nothing but what a path may hold (RFC 3986 §3.3). */
function isEncoded(path: string): boolean {
  return /^(?:[\w\-.~!$&'()*+,;=:@/]|%[\da-f]{2})*$/i.test(path);
}

/**
 * A name such as `100%25` looks encoded when it is decoded. Path parameters are always decoded: a path that ends with
 * one that has a percent sign is decoded, too.
 */
function endsAsDecoded(path: string, parameters: EventPath['pathParameters']): boolean {
  return Object.values(parameters ?? {}).some((value) => value?.includes('%') && path.endsWith(`/${value}`));
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
