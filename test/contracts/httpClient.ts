import type * as z from 'zod';
import {
  operationPageSchema,
  operationSchema,
  stagedAnswerSchema,
} from '../../shared/http/contract/answers/operations.ts';
import { problemSchema } from '../../shared/http/contract/answers/problem.ts';
import { rememberToken } from '../services/staging/leakedTokens.ts';

/** An answer with its body read: status and the text, parsed by the schema that the test expects. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  staged(): z.output<typeof stagedAnswerSchema>;
  problem(): z.output<typeof problemSchema>;
}

/** The few calls that most tests make. */
export interface Client {
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, init?: RequestInit): Promise<Answer>;
  stage(method: string, source: string, target: string, username?: string): Promise<Answer>;
  operation(id: string): Promise<z.output<typeof operationSchema>>;
  /** All operations, over all pages. */
  operations(query?: string): Promise<z.output<typeof operationSchema>[]>;
}

/** A client of the service at this address, with a token if the service requires one. */
export function clientOf(url: string, token?: string): Client {
  const own: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${rememberToken(token)}` };
  const get = async (path: string, init?: RequestInit) =>
    answerOf(await fetch(url + path, token === undefined ? init : { ...init, headers: own }));
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...own, ...headers } };
    return answerOf(await fetch(url + path, { ...init, body: isRaw ? body : JSON.stringify(body) }));
  };
  return {
    get,
    post,
    stage: (method, source, target, username = 'alice') =>
      post(`/stage_data?${new URLSearchParams({ method, username })}`, {
        local_path_on_storage: source,
        relative_path: target,
      }),
    operation: async (id) => operationSchema.parse(JSON.parse((await get(`/operations/${id}`)).text)),
    async operations(query = '') {
      const operations = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const parameters: string = `limit=200${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
        const page = operationPageSchema.parse(JSON.parse((await get(`/operations?${parameters}`)).text));
        operations.push(...page.operations);
        cursor = page.next_cursor;
      }
      return operations;
    },
  };
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    staged() {
      if (!response.ok) throw new Error(`Nothing was staged: ${text}`);
      return stagedAnswerSchema.parse(JSON.parse(text));
    },
    problem: () => problemSchema.parse(JSON.parse(text)),
  };
}
