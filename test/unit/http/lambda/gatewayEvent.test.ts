import { expect, test } from '@jest/globals';
import { readGatewayEvent, requestPath } from '../../../../shared/http/lambda/gatewayEvent.ts';

const httpApi = { stage: '$default', isHttpApi: true };
const restApi = { stage: 'prod', isHttpApi: false };

test.each([
  ['a plain path', { path: '/download/a/b.fits' }, '/download/a/b.fits'],
  ['a path that is decoded', { path: '/download/a b/ü#?.fits' }, '/download/a%20b/%C3%BC%23%3F.fits'],
  ['a path that is still encoded', { path: '/download/a%20b' }, '/download/a%20b'],
  ['a percent sign that begins nothing', { path: '/download/100%' }, '/download/100%25'],
  [
    'a decoded name that looks encoded',
    { path: '/download/a%20b', pathParameters: { path: 'a%20b' } },
    '/download/a%2520b',
  ],
  [
    'the same name, encoded',
    { path: '/download/a%2520b', pathParameters: { path: 'a%20b' } },
    '/download/a%2520b',
  ],
  [
    'characters that need no encoding',
    { path: "/download/a+b,(c)='d'~e:f@g" },
    "/download/a+b,(c)='d'~e:f@g",
  ],
])('an HTTP API: %s', (_what, given, expected) => {
  expect(requestPath({ ...httpApi, ...given })).toBe(expected);
});

test.each([
  ['/prod/browse', '/browse'],
  ['/prod', '/'],
  ['/production/browse', '/production/browse'],
  ['/browse', '/browse'],
])('an HTTP API with the stage prod: %s', (path, expected) => {
  expect(requestPath({ path, stage: 'prod', isHttpApi: true })).toBe(expected);
});

test.each([
  ['/prod/browse', '/prod/browse'],
  ['/download/a%20b', '/download/a%20b'],
])('a REST API passes the path unchanged: %s', (path, expected) => {
  expect(requestPath({ ...restApi, path, pathParameters: { path: 'a%20b' } })).toBe(expected);
});

test.each([
  ['a default stage', { version: '2.0', rawPath: '/uws/jobs', stage: '$default' }, ''],
  ['a named stage', { version: '2.0', rawPath: '/prod/uws/jobs', stage: 'prod' }, '/prod'],
  ['payload format 1.0', { version: '1.0', path: '/prod/uws/jobs', stage: 'prod' }, '/prod'],
  ['a REST API', { path: '/uws/jobs', stage: 'prod', called: '/prod/uws/jobs' }, '/prod'],
  ['a REST API with a mapping', { path: '/uws/jobs', stage: 'prod', called: '/v1/uws/jobs' }, '/v1'],
])("the public URL is the gateway's address of the API, for any Host: %s", (_what, given, prefix) => {
  const { stage, called, ...paths } = { called: undefined, ...given };
  const event = {
    ...paths,
    httpMethod: 'GET',
    headers: { host: 'evil.example' },
    requestContext: { stage, path: called, domainName: 'api.example.org', http: { method: 'GET' } },
  };
  expect(readGatewayEvent(event)).toMatchObject({
    path: '/uws/jobs',
    publicUrl: new URL(`https://api.example.org${prefix}`),
  });
});

test('an event from another source than API Gateway has no public URL', () => {
  const event = { version: '2.0', rawPath: '/', headers: {}, requestContext: { http: { method: 'GET' } } };
  expect(readGatewayEvent(event).publicUrl).toBeUndefined();
});
