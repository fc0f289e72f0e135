import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { problemSchema } from '../../shared/http/contract/answers/problem.ts';
import { refuseTokensIn } from '../services/staging/leakedTokens.ts';

/** What `fetch` would not send, or would change. */
interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface RawAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The code of the problem in the answer. */
  code(): string;
}

/** Requests a path of a service unchanged, with unchanged headers, including Host. */
export function rawRequest(
  url: string,
  path: string,
  { method = 'GET', headers = {}, body }: RawRequest = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = { hostname: hostname.replace(/^\[|\]$/g, ''), port, path, method, headers };
    const request = httpRequest(options, (response) => {
      textOf(response).then((text) => {
        refuseTokensIn(`${JSON.stringify(response.headers)}\n${text}`, `an answer of ${path}`);
        const code = () => problemSchema.parse(JSON.parse(text)).code;
        resolve({ status: response.statusCode, headers: response.headers, text, code });
      }, reject);
    });
    request.on('error', reject).end(body);
  });
}
