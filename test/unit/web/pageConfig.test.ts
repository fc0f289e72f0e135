import { expect, test } from '@jest/globals';
import { parsePageConfig } from '../../../web/src/api/apiAddress.ts';

const parse = (config: unknown, pageUrl = 'https://host.example/staging/') =>
  parsePageConfig(JSON.stringify(config), pageUrl);

test.each([
  ['https://api.example.org', 'https://api.example.org'],
  ['https://api.example.org/', 'https://api.example.org'],
  ['HTTPS://API.example.org:8443/v1/', 'https://api.example.org:8443/v1'],
  ['http://localhost:8000', 'http://localhost:8000'],
  ['/', 'https://host.example'],
  ['/api', 'https://host.example/api'],
  ['', 'https://host.example/staging'],
])('an API at %j is called at %s', (api, expected) => {
  expect(parse({ api })).toEqual({ api: expected });
  expect(parse({ api }, 'https://host.example/staging/index.html')).toEqual({ api: expected });
});

test('unknown members are ignored', () => {
  expect(parse({ api: '/', title: 'x' })).toEqual({ api: 'https://host.example' });
});

test.each([
  'api.example.org',
  'api',
  './api',
  'ftp://api.example.org',
  'https:',
  'https://',
  'https://user@api.example.org',
  'https://api.example.org?x=1',
  'https://api.example.org#x',
  'https://api.example.org:99999',
  'https://api example.org',
])('%j is refused, with the allowed values', (api) => {
  expect(parse({ api })).toEqual({
    problem: expect.stringMatching(/^"api" is ".*", and must be an address such as "https:/),
  });
});

test.each([[{}], [{ api: 8000 }], [{ API: '/' }]])('%j lacks the address', (config) => {
  expect(parse(config)).toEqual({
    problem: expect.stringMatching(/^"api" is missing or is no text; it must/),
  });
});

test.each([[[]], ['x'], [null]])('%j is not an object', (config) => {
  expect(parse(config)).toEqual({ problem: expect.stringMatching(/^It must hold an object with "api"/) });
});

test('the beginning of invalid JSON is shown', () => {
  expect(
    parsePageConfig('\n<!doctype html>\n<html lang="en"><title>Staging', 'https://host.example/'),
  ).toEqual({
    problem: 'It holds no JSON, but begins with "<!doctype html>\\n<html lang=\\"en\\"><title>S".',
  });
});

test('a page that was loaded by https reports that it cannot call a service by http', () => {
  expect(parse({ api: 'http://api.example.org' })).toEqual({
    problem: '"api" is "http://api.example.org", and a page that came by https may only call https.',
  });
  expect(parse({ api: 'http://api.example.org' }, 'http://host.example/')).toEqual({
    api: 'http://api.example.org',
  });
});
