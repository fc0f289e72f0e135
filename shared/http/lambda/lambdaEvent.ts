import * as z from 'zod';
import { requestPath } from './requestPath.ts';

/** An HTTP request that came as an event. */
export interface LambdaRequest {
  /** Of the event's format, which the answer must have, too. */
  readonly format: 'v1' | 'v2';
  readonly method: string;
  /** Path and query, as a client sends them. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

const texts = z.record(z.string(), z.string().optional()).nullish();
const textLists = z.record(z.string(), z.array(z.string())).nullish();
const shared = {
  headers: texts,
  pathParameters: texts,
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().default(false),
};
const context = { requestId: z.string().optional(), stage: z.string().optional() };

/** Payload format 2.0, of HTTP APIs. */
const eventV2Schema = z.object({
  ...shared,
  version: z.literal('2.0'),
  rawPath: z.string(),
  rawQueryString: z.string().default(''),
  cookies: z.array(z.string()).nullish(),
  requestContext: z.object({ ...context, http: z.object({ method: z.string() }) }),
});

/** Payload format 1.0: of HTTP APIs, which say so, and of REST APIs, which do not. */
const eventV1Schema = z.object({
  ...shared,
  version: z.literal('1.0').optional(),
  httpMethod: z.string(),
  path: z.string(),
  multiValueHeaders: textLists,
  queryStringParameters: texts,
  multiValueQueryStringParameters: textLists,
  requestContext: z.object(context),
});

type EventV1 = z.output<typeof eventV1Schema>;
type EventV2 = z.output<typeof eventV2Schema>;

/** The request in an event of API Gateway, of either payload format. @throws TypeError for any other event */
export function readEvent(event: unknown): LambdaRequest {
  const { data, error } = z.union([eventV2Schema, eventV1Schema]).safeParse(event);
  if (!data) {
    throw new TypeError('The event is no HTTP request of API Gateway (payload format 1.0 or 2.0)', {
      cause: error,
    });
  }
  return data.version === '2.0' ? readV2(data) : readV1(data);
}

function readV2(event: EventV2): LambdaRequest {
  const { requestContext, rawPath, rawQueryString, cookies } = event;
  const path = requestPath({ ...event, path: rawPath, stage: requestContext.stage, isHttpApi: true });
  return {
    format: 'v2',
    method: requestContext.http.method,
    target: withQuery(path, rawQueryString),
    headers: {
      ...headersOf(event.headers, requestContext.requestId),
      ...(cookies && cookies.length > 0 && { cookie: cookies.join('; ') }),
    },
    body: bodyOf(event),
  };
}

function readV1(event: EventV1): LambdaRequest {
  const { requestContext, multiValueHeaders, httpMethod } = event;
  const isHttpApi = event.version === '1.0';
  const path = requestPath({ ...event, stage: requestContext.stage, isHttpApi });
  return {
    format: 'v1',
    method: httpMethod,
    target: withQuery(path, queryOf(event)),
    headers: headersOf(multiValueHeaders ?? event.headers, requestContext.requestId),
    body: bodyOf(event),
  };
}

/** What belongs to the client's connection (RFC 9110 §7.6.1), or is settled anew by the connection that we make. */
const ofConnection = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The gateway's request id is ours where the client gave none, so that the logs of both can be brought together. */
function headersOf(
  given: Readonly<Record<string, string | readonly string[] | undefined>> | null | undefined,
  requestId: string | undefined,
): LambdaRequest['headers'] {
  const headers: Record<string, string | string[]> = requestId ? { 'x-request-id': requestId } : {};
  for (const [name, value] of Object.entries(given ?? {})) {
    const lowerName = name.toLowerCase();
    if (value === undefined || ofConnection.has(lowerName)) continue;
    headers[lowerName] = typeof value === 'string' ? asSent(value) : value.map(asSent);
  }
  return headers;
}

/** The bytes of a header as Node.js takes them, one character each. */
function asSent(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1');
}

/** Parsed by the gateway; they are encoded once more. */
function queryOf({ queryStringParameters, multiValueQueryStringParameters }: EventV1): string {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(
    multiValueQueryStringParameters ?? queryStringParameters ?? {},
  )) {
    for (const value of [values ?? []].flat()) query.append(name, value);
  }
  return query.toString();
}

/** What no query may hold is escaped; what is escaped already stays so. */
function withQuery(path: string, query: string): string {
  const escaped = query.replace(/[^\x21\x22\x24-\x7e]/gu, encodeURIComponent);
  return escaped === '' ? path : `${path}?${escaped}`;
}

function bodyOf({ body, isBase64Encoded }: EventV1 | EventV2): Buffer {
  return Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
}
