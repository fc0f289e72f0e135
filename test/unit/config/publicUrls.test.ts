import { expect, test } from '@jest/globals';
import { parseConfig } from '../../../shared/config/config.ts';
import { ConfigError } from '../../../shared/config/configError.ts';

const urlsOf = (PUBLIC_URLS?: string) => parseConfig({ PUBLIC_URLS }).publicUrls.map(({ href }) => href);
const proxiesOf = (TRUSTED_PROXIES?: string) => parseConfig({ TRUSTED_PROXIES }).trustedProxies;

test('public URLs may have a port and a path', () => {
  expect([urlsOf(), urlsOf('')]).toEqual([[], []]);
  const given = 'HTTPS://Staging.Example.org:443/api, http://[::1]:8000';
  expect(urlsOf(given)).toEqual(['https://staging.example.org/api', 'http://[::1]:8000/']);
});

test.each([
  '*',
  'https://*.example.org',
  'staging.example.org',
  'ftp://example.org',
  'https://example.org/?x',
  'https://example.org/#x',
  'https://user:password@example.org',
  'https://example.org\\api',
  'https://',
  'https://a.example.org,',
])('%s is not a public URL', (given) => {
  expect(() => urlsOf(given)).toThrow(ConfigError);
  expect(() => urlsOf(given)).toThrow(/^PUBLIC_URLS is ".*", and must be a comma-separated list of http:/);
});

test('proxies are trusted by address or network', () => {
  expect(proxiesOf()).toEqual([]);
  expect(proxiesOf('10.0.0.0/8, 192.0.2.7,2001:db8::/32,::1')).toEqual([
    '10.0.0.0/8',
    '192.0.2.7',
    '2001:db8::/32',
    '::1',
  ]);
});

test.each(['true', '*', '1', 'proxy.example.org', '10.0.0.0/33', '10.0.0'])('%s is not a proxy', (given) => {
  expect(() => proxiesOf(given)).toThrow(
    /^TRUSTED_PROXIES is ".*", and must be a comma-separated list of IP/,
  );
});
