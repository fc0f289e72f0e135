import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { ReachableService } from '../services/staging/stagingService.ts';
import { clientOf } from './httpClient.ts';
import { rawRequest } from './rawRequest.ts';

const portal = 'https://portal.example.org';
const stranger = 'https://stranger.example.org';

/**
 * What websites cannot do through the browser of a user who can reach the service: change anything there (CSRF), or
 * make it answer under their own name (DNS rebinding).
 */
export function otherSitesContract(service: () => ReachableService): void {
  const client = () => clientOf(service().url);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  /** Forms of a website, which are sent without a preflight. */
  const postJob = (username: string, headers: Readonly<Record<string, string>>) => {
    const item = { local_path_on_storage: 'site.fits', relative_path: 'site.fits' };
    const body = new URLSearchParams({ method: 'local_copy', username, phase: 'RUN', ...item }).toString();
    return rawRequest(service().url, '/uws/jobs', { method: 'POST', headers: { ...form, ...headers }, body });
  };

  beforeAll(() => writeFile(join(service().sourceStorage, 'site.fits'), 'data'));

  test.each([
    { origin: stranger },
    { origin: stranger, 'sec-fetch-site': 'cross-site' },
    { origin: stranger, 'sec-fetch-site': 'same-origin' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1' },
    { origin: 'https://portal.example.org.evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('the form of another site stages nothing: %j', async (headers) => {
    const username = `victim-${randomUUID()}`;
    const answer = await postJob(username, headers);
    expect([answer.status, answer.code()]).toEqual([403, 'ORIGIN_REFUSED']);
    expect(answer.text).toContain('CORS_ORIGINS');
    expect(await client().operations(`&username=${username}`)).toEqual([]);
  });

  test('nor does it abort, destroy, retry or create anything', async () => {
    const { operation } = (await client().stage('local_copy', 'site.fits', 'here', 'wanda')).staged();
    const job = await postJob('wanda', {});
    const id = String(job.headers.location?.split('/').at(-1));
    const headers = { ...form, origin: stranger, 'sec-fetch-site': 'cross-site' };
    const refused = [
      ['POST', `/uws/jobs/${id}`, 'ACTION=DELETE'],
      ['POST', `/uws/jobs/${id}/phase`, 'PHASE=ABORT'],
      ['DELETE', `/uws/jobs/${id}`, ''],
      ['DELETE', `/operations/${operation.id}`, ''],
      ['POST', `/operations/${operation.id}/retry`, ''],
      ['POST', '/batches?method=local_copy&username=wanda', '{}'],
      ['POST', '/create-file?filename=x', 'x'],
      ['POST', '/stage_data?method=local_copy&username=wanda', '{}'],
    ] as const;
    for (const [method, path, body] of refused) {
      const answer = await rawRequest(service().url, path, { method, headers, body });
      expect([path, answer.status, answer.code()]).toEqual([path, 403, 'ORIGIN_REFUSED']);
    }
    expect((await client().get(`/uws/jobs/${id}`)).status).toBe(200);
  });

  test.each([
    ['an own page', () => ({ origin: service().url, 'sec-fetch-site': 'same-origin' })],
    ['a page that the site allows', () => ({ origin: portal, 'sec-fetch-site': 'cross-site' })],
    ['a program', () => ({})],
    ['an address that a user has typed', () => ({ 'sec-fetch-site': 'none' })],
  ])('%s stages', async (_what, headers) => {
    expect((await postJob(`user-${randomUUID()}`, headers())).status).toBe(303);
  });

  test('reading remains possible for pages of other sites', async () => {
    const headers = { origin: stranger, 'sec-fetch-site': 'cross-site' };
    const answer = await rawRequest(service().url, '/config', { headers });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, undefined]);
  });

  test.each(['evil.example', 'evil.example:8000', '127.0.0.1.evil.example', '127.0.0.1:1', '127.0.0.1'])(
    'a request for the host %s is refused',
    async (host) => {
      const headers = { host };
      for (const path of ['/', '/operations', '/logs', '/openapi.json', '/nowhere']) {
        const answer = await rawRequest(service().url, path, { headers });
        expect([path, answer.status, answer.code()]).toEqual([path, 421, 'HOST_UNKNOWN']);
        expect(answer.text).toContain('PUBLIC_URLS');
      }
      const username = `victim-${randomUUID()}`;
      const rebound = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' };
      expect((await postJob(username, rebound)).status).toBe(421);
      expect(await client().operations(`&username=${username}`)).toEqual([]);
    },
  );

  test('probes are answered for any host', async () => {
    for (const path of ['/healthz', '/readyz', '/readyz/']) {
      const { status } = await rawRequest(service().url, path, { headers: { host: '10.1.2.3:8000' } });
      expect([path, status]).toEqual([path, 200]);
    }
  });

  test('addresses are of the service, even if a client forges proxy headers', async () => {
    const made = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const { status, headers } = await postJob(`user-${randomUUID()}`, made);
    expect([status, new URL(headers.location ?? '').origin]).toEqual([303, new URL(service().url).origin]);
    const list = await rawRequest(service().url, '/uws/jobs?LAST=1', { headers: made });
    expect(list.text).toContain(`xlink:href="${service().url}/uws/jobs/`);
    expect(list.text).not.toContain('evil.example');
  });
}
