import { expect, test } from '@jest/globals';
import { parseConfig } from '../../../shared/config/config.ts';
import { ConfigError } from '../../../shared/config/configError.ts';

const originsOf = (CORS_ORIGINS?: string) => parseConfig({ CORS_ORIGINS }).corsOrigins;

test('no origin is allowed unless it is named', () => {
  expect(originsOf()).toEqual([]);
  expect(originsOf('')).toEqual([]);
});

test('origins are normalised as browsers send them, without duplicates', () => {
  const given =
    'https://portal.example.org, HTTP://LocalHost:3000,https://Portal.example.org:443,http://[::1]:80';
  expect(originsOf(given)).toEqual(['https://portal.example.org', 'http://localhost:3000', 'http://[::1]']);
  expect(originsOf('https://münchen.example')).toEqual(['https://xn--mnchen-3ya.example']);
});

test.each([
  '*',
  'https://*.example.org',
  'portal.example.org',
  'null',
  'ftp://example.org',
  'https://example.org/',
  'https://example.org/staging',
  'https://example.org\\staging',
  'https://example.org?x',
  'https://example.org#x',
  'https://user@example.org',
  'https://',
  'https:example.org',
  'https://a.example.org,',
  'https://a.example.org https://b.example.org',
])('%s is refused, with the allowed values', (given) => {
  const parse = () => originsOf(given);
  expect(parse).toThrow(ConfigError);
  expect(parse).toThrow(
    /^CORS_ORIGINS is ".*", and must be a comma-separated list of origins such as https:/,
  );
});
