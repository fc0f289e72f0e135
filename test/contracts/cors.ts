import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { ReachableService } from '../services/staging/stagingService.ts';
import { clientOf } from './httpClient.ts';

const portal = 'https://portal.example.org';
const stranger = 'https://stranger.example.org';

/** The setting that a service must have for this contract. */
export const corsEnvironment = { CORS_ORIGINS: `${portal}, http://localhost:3000` };

/** What pages of other origins may do: those of the allow-list everything, others only what any page can do anyway. */
export function corsContract(service: () => ReachableService): void {
  const client = () => clientOf(service().url);
  const body = { local_path_on_storage: 'cors.fits', relative_path: 'cors.fits' };
  const preflight = (origin: string, path = '/stage/local', method = 'POST') =>
    client().get(path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'content-type,prefer',
      },
    });
  const list = (headers: Headers, name: string) => (headers.get(name) ?? '').toLowerCase().split(/, */);
  const corsHeaders = (headers: Headers) =>
    [...headers.keys()].filter((name) => name.startsWith('access-control-'));

  beforeAll(() => writeFile(join(service().sourceStorage, 'cors.fits'), 'data'));

  test.each([portal, 'http://localhost:3000'])(
    '%s is allowed to send the headers that clients send',
    async (origin) => {
      const { status, headers } = await preflight(origin);
      expect([status, headers.get('access-control-allow-origin')]).toEqual([204, origin]);
      expect(list(headers, 'access-control-allow-methods')).toEqual(['get', 'head', 'post', 'delete']);
      expect(list(headers, 'access-control-allow-headers')).toEqual(
        expect.arrayContaining([
          'authorization',
          'content-type',
          'idempotency-key',
          'if-match',
          'if-none-match',
          'if-range',
          'last-event-id',
          'prefer',
          'range',
          'want-digest',
          'want-repr-digest',
          'x-request-id',
        ]),
      );
      expect(Number(headers.get('access-control-max-age'))).toBeGreaterThan(0);
      expect(headers.get('access-control-allow-credentials')).toBeNull();
      expect(list(headers, 'vary')).toContain('origin');
    },
  );

  test.each([
    stranger,
    'null',
    'http://portal.example.org',
    'https://portal.example.org:8443',
    'https://portal.example.org.evil.example',
    'https://sub.portal.example.org',
    'HTTPS://PORTAL.EXAMPLE.ORG',
  ])('%s is not', async (origin) => {
    const refused = await preflight(origin);
    expect([refused.status, corsHeaders(refused.headers)]).toEqual([405, []]);
    const { status, headers } = await client().get('/operations', { headers: { origin } });
    expect([status, corsHeaders(headers)]).toEqual([200, []]);
    expect(list(headers, 'vary')).toContain('origin');
  });

  test('an answer is readable with the headers that clients need', async () => {
    const { headers } = await client().get('/download/cors.fits', { headers: { origin: portal } });
    expect(headers.get('access-control-allow-origin')).toBe(portal);
    expect(headers.get('content-disposition')).toMatch(/^attachment/);
    expect(list(headers, 'access-control-expose-headers')).toEqual(
      expect.arrayContaining([
        'accept-ranges',
        'content-disposition',
        'content-range',
        'digest',
        'etag',
        'last-modified',
        'location',
        'preference-applied',
        'repr-digest',
        'retry-after',
        'x-request-id',
      ]),
    );
    expect(list(headers, 'vary')).toContain('origin');
  });

  test.each([
    ['SOURCE_NOT_FOUND', '/stage/local?username=alice', { ...body, local_path_on_storage: 'none' }, {}],
    ['BODY_INVALID', '/stage/local?username=alice', '{', {}],
    ['CONTENT_TYPE_UNSUPPORTED', '/create-file', 'x', { 'content-type': 'text/plain' }],
    ['METHOD_NOT_ALLOWED', '/operations', {}, {}],
    ['ROUTE_NOT_FOUND', '/nowhere', {}, {}],
  ])('an error is readable in the same way: %s', async (code, path, sent, headers) => {
    const answer = await client().post(path, sent, { origin: portal, ...headers });
    expect([answer.problem().code, answer.headers.get('access-control-allow-origin')]).toEqual([
      code,
      portal,
    ]);
  });

  test('an error of a download is readable in the same way', async () => {
    const headers = { origin: portal, range: 'bytes=100-' };
    const answer = await client().get('/download/cors.fits', { headers });
    expect(answer.problem().code).toBe('RANGE_NOT_SATISFIABLE');
    expect(answer.headers.get('access-control-allow-origin')).toBe(portal);
  });

  test('a caller that is not a page is served, without CORS headers', async () => {
    const { status, headers } = await client().post('/stage/local?username=alice', body);
    expect([status, corsHeaders(headers)]).toEqual([200, []]);
  });

  // Browsers send these without a preflight, from any origin, and mark them in one of these ways.
  const pages = [{ origin: stranger }, { 'sec-fetch-site': 'cross-site' }];
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    undefined,
  ])('a request without a preflight stages and creates nothing: content type %s', async (contentType) => {
    const send = (path: string, sent: unknown, headers = {}) =>
      fetch(service().url + path, {
        method: 'POST',
        headers: { ...headers, ...(contentType && { 'content-type': contentType }) },
        // As bytes it has no content type of its own.
        body: new TextEncoder().encode(JSON.stringify(sent)),
      });
    const relativePath = `by-a-stranger-${contentType?.length}`;
    const item = { ...body, relative_path: relativePath };
    for (const path of [
      '/stage_data?method=local_copy&username=victim',
      '/stage/local?username=victim',
      '/stage/symlink?username=victim',
      '/stage/jupyter?username=victim',
    ]) {
      for (const page of pages) expect((await send(path, item, page)).status).toBe(403);
      // Without a type it is JSON, which only programs can send so.
      if (contentType !== undefined) expect((await send(path, item)).status).toBe(415);
    }
    const file = { filename: relativePath, content: 'x' };
    for (const page of pages) expect((await send('/create-file', file, page)).status).toBe(403);
    if (contentType !== undefined) expect((await send('/create-file', file)).status).toBe(415);
    expect((await client().stage('local_copy', relativePath, 'x')).problem().code).toBe('SOURCE_NOT_FOUND');
    expect(await client().operations('&username=victim&phase=COMPLETED')).toEqual([]);
  });
}
