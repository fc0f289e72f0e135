import { expect } from '@jest/globals';
import { waitFor } from '../../contracts/waitFor.ts';

type Form = Readonly<Record<string, string>> | readonly [string, string][];

/** The jobs of a service, by the few calls that tests make. */
export function jobsOf(serviceUrl: string) {
  const url = `${serviceUrl}/uws/jobs`;
  const send = (path: string, init?: RequestInit) => fetch(url + path, { redirect: 'manual', ...init });
  const post = async (path: string, form: Form, headers: Record<string, string> = {}) => {
    const body = new URLSearchParams(Array.isArray(form) ? form : Object.entries(form));
    const answer = await send(path && `/${path}`, { method: 'POST', body, headers });
    return { status: answer.status, location: answer.headers.get('location'), text: await answer.text() };
  };
  const get = async (path: string) => {
    const answer = await send(path);
    return { status: answer.status, text: await answer.text() };
  };
  const phase = async (id: string) => (await get(`/${id}/phase`)).text;
  return {
    url,
    get,
    post,
    phase,
    /** Creates a job; returns its id. */
    async create(form: Form): Promise<string> {
      const { status, location } = await post('', form);
      expect(status).toBe(303);
      return location?.split('/').at(-1) ?? '';
    },
    ended: (id: string) => waitFor(async () => ['COMPLETED', 'ERROR', 'ABORTED'].includes(await phase(id))),
    async destroy(id: string) {
      const answer = await send(`/${id}`, { method: 'DELETE' });
      return { status: answer.status, location: answer.headers.get('location') };
    },
  };
}
