import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { LambdaRequest } from './lambdaEvent.ts';

/** An answer to a request, whole. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a function returns to API Gateway. */
export interface LambdaAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that come more than once, in payload format 1.0. */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  /** The values of Set-Cookie, in payload format 2.0. */
  readonly cookies?: readonly string[];
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Text in JSON may take six times its bytes, and 6 MB is all that an answer of AWS Lambda may have. */
const mostTextBytes = 1_000_000;

/** What belongs to the connection that the answer came over (RFC 9110 §7.6.1). */
const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/** An answer in the format of the event that asked for it. Small texts are texts; all else is Base64, byte by byte. */
export function lambdaAnswer(format: LambdaRequest['format'], answer: WholeAnswer): LambdaAnswer {
  const { 'set-cookie': cookies = [], ...others } = answer.headers;
  const headers = Object.fromEntries(
    Object.entries(others).flatMap(([name, value]) =>
      value === undefined || ofConnection.has(name) ? [] : [[name, [value].flat().join(', ')]],
    ),
  );
  const isText = isTextual(answer);
  return {
    statusCode: answer.status,
    headers,
    ...(cookies.length > 0 &&
      (format === 'v2' ? { cookies } : { multiValueHeaders: { 'set-cookie': cookies } })),
    body: answer.body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  };
}

function isTextual({ headers, body }: WholeAnswer): boolean {
  const isOfText = /^(text\/|application\/([\w.+-]+\+)?json\b)/.test(headers['content-type'] ?? '');
  return body.length === 0 || (isOfText && body.length <= mostTextBytes && isUtf8(body));
}
