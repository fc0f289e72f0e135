import { expect, test } from '@jest/globals';
import { requestPath } from '../../../../shared/http/lambda/gatewayEvent.ts';

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
])('a REST API hands over the path as it is: %s', (path, expected) => {
  expect(requestPath({ ...restApi, path, pathParameters: { path: 'a%20b' } })).toBe(expected);
});
