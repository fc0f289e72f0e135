import * as z from 'zod';

const headers = z.record(z.string(), z.unknown()).nullish();
const pathParameters = z.record(z.string(), z.string().optional()).nullish();
const requestId = z.string().optional();
const stage = z.string().optional();
const domainName = z.string().optional();

/** Payload format 2.0, of HTTP APIs. */
const eventV2Schema = z.looseObject({
  version: z.literal('2.0'),
  headers,
  rawPath: z.string(),
  pathParameters,
  requestContext: z.looseObject({
    requestId,
    stage,
    domainName,
    http: z.looseObject({ method: z.string() }),
  }),
});

/** Payload format 1.0: of HTTP APIs, which identify themselves, and of REST APIs, which do not. */
const eventV1Schema = z.looseObject({
  version: z.literal('1.0').optional(),
  httpMethod: z.string(),
  path: z.string(),
  headers,
  multiValueHeaders: headers,
  pathParameters,
  requestContext: z.looseObject({ requestId, stage, domainName, path: z.string().optional() }),
});

type EventV1 = z.output<typeof eventV1Schema>;
type EventV2 = z.output<typeof eventV2Schema>;

/** An event of API Gateway, and the parts of it that an error response repeats. */
export interface GatewayEvent {
  readonly event: object;
  /** The gateway's address of the API, with the stage: its own name, not the client's Host. */
  readonly publicUrl: URL | undefined;
  readonly path: string;
  readonly requestId: string | undefined;
}

const eventSchema = z.union([eventV2Schema, eventV1Schema]);

/**
 * The event of an HTTP request, in either payload format, with the path as a client sends it.
 * @throws TypeError for any other event
 */
export function readGatewayEvent(given: unknown): GatewayEvent {
  const { data: event, error } = eventSchema.safeParse(given);
  if (!event) {
    throw new TypeError('The event is not an HTTP request of API Gateway (payload format 1.0 or 2.0)', {
      cause: error,
    });
  }
  const { requestId: id, stage: named, domainName } = event.requestContext;
  const isHttpApi = event.version !== undefined;
  const ofEvent = { pathParameters: event.pathParameters, stage: named, isHttpApi };
  const headersOnly = withoutLength(event.headers);
  if (isV2(event)) {
    const path = requestPath({ ...ofEvent, path: event.rawPath });
    const publicUrl = urlOf(domainName, prefixOf(event.rawPath, removeStage(event.rawPath, named)));
    return { event: { ...event, headers: headersOnly, rawPath: path }, publicUrl, path, requestId: id };
  }
  const path = requestPath({ ...ofEvent, path: event.path });
  const multiValueHeaders = withoutLength(event.multiValueHeaders);
  const called = isHttpApi ? event.path : (event.requestContext.path ?? event.path);
  const publicUrl = urlOf(domainName, prefixOf(called, isHttpApi ? removeStage(called, named) : event.path));
  return {
    event: { ...event, headers: headersOnly, multiValueHeaders, path },
    publicUrl,
    path,
    requestId: id,
  };
}

/** The prefix of a requested path, before the path of the API. */
function prefixOf(called: string, path: string): string {
  return called.endsWith(path) ? called.slice(0, -path.length) : '';
}

/** Undefined if the event was not created by API Gateway. */
function urlOf(domainName: string | undefined, prefix: string): URL | undefined {
  const url = `https://${domainName}${prefix}`;
  return domainName !== undefined && URL.canParse(url) ? new URL(url) : undefined;
}

function isV2(event: EventV1 | EventV2): event is EventV2 {
  return event.version === '2.0';
}

/** The gateway may have decoded the body; its length is determined again. */
function withoutLength(given: EventV1['headers']): EventV1['headers'] {
  if (!given) return given;
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => name.toLowerCase() !== 'content-length'),
  );
}

/** The event's information about the requested path. */
interface EventPath {
  readonly path: string;
  readonly pathParameters?: Readonly<Record<string, string | undefined>> | null | undefined;
  readonly stage: string | undefined;
  /** Whether it came through an HTTP API, not a REST API. */
  readonly isHttpApi: boolean;
}

/**
 * The path of a request, percent-encoded as a client sends it, without the stage. HTTP APIs prefix the path with a
 * named stage, and decode it. REST APIs do neither, and emulators of HTTP APIs do not decode. A decoded path is encoded
 * again; an encoded slash can no longer be distinguished from a slash.
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

/** Whether it contains only characters that a path may contain (RFC 3986 §3.3). */
function isEncoded(path: string): boolean {
  return /^(?:[\w\-.~!$&'()*+,;=:@/]|%[\da-f]{2})*$/i.test(path);
}

/**
 * A decoded name such as `100%25` looks encoded. Path parameters are always decoded: if a path ends with one that
 * contains a percent sign, the path is decoded, too.
 */
function endsAsDecoded(path: string, parameters: EventPath['pathParameters']): boolean {
  return Object.values(parameters ?? {}).some((value) => value?.includes('%') && path.endsWith(`/${value}`));
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

const scheduledEventSchema = z.looseObject({
  source: z.literal('aws.events'),
  'detail-type': z.literal('Scheduled Event'),
});

/** Whether an event was sent by a scheduled EventBridge rule. */
export function isScheduledEvent(given: unknown): boolean {
  return scheduledEventSchema.safeParse(given).success;
}
