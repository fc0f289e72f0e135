import type * as z from 'zod';
import {
  batchDetailSchema,
  batchPageSchema,
  batchSchema,
} from '../../../shared/http/contract/answers/batches.ts';
import { problemSchema } from '../../../shared/http/contract/answers/problem.ts';
import { waitFor } from '../../contracts/waitFor.ts';

type Batch = z.output<typeof batchSchema>;
type BatchDetail = z.output<typeof batchDetailSchema>;

/** A client of the batches of a service. */
export function batchClientOf(url: () => string) {
  const post = (query: string, body: string | Buffer, type = 'application/json', headers = {}) =>
    fetch(`${url()}/batches?${query}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : new Uint8Array(body),
      headers: { 'content-type': type, ...headers },
    });
  const look = async (id: string, query = ''): Promise<BatchDetail> =>
    batchDetailSchema.parse(await (await fetch(`${url()}/batches/${id}${query}`)).json());
  return {
    post,
    look,
    /** Requests a batch, which must be accepted. */
    async begin(query: string, body: object): Promise<Batch> {
      const answer = await post(query, JSON.stringify(body));
      const batch = batchSchema.parse(await answer.json());
      if (answer.headers.get('location') !== `/batches/${batch.id}`) throw new Error('Location is missing');
      return batch;
    },
    /** Requests a batch, which must be refused. */
    async refused(query: string, body: string, type?: string) {
      return problemSchema.parse(await (await post(query, body, type)).json());
    },
    async list(username: string): Promise<Batch[]> {
      const answer = await fetch(`${url()}/batches?username=${username}`);
      return batchPageSchema.parse(await answer.json()).batches;
    },
    async ended(id: string): Promise<BatchDetail> {
      // Its operations are not looked at before.
      await waitFor(async () => (await look(id, '?limit=1')).finished_at !== null);
      return look(id, '?limit=1000');
    },
    abort: (id: string) => fetch(`${url()}/batches/${id}`, { method: 'DELETE' }),
    retry: (id: string) => fetch(`${url()}/batches/${id}/retry`, { method: 'POST' }),
  };
}

/** Items that stage these paths to the same paths beneath a folder. */
export const itemsOf = (paths: readonly string[], folder: string) =>
  paths.map((path) => ({ local_path_on_storage: path, relative_path: `${folder}/${path}` }));
