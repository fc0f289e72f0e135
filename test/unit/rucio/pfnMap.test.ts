import { expect, test } from '@jest/globals';
import { displayName } from '../../../shared/model/fileName.ts';
import { createPfnMap } from '../../../shared/rucio/openReplica.ts';

const places = { sourceStoragePath: '/data/source', s3: { sourceBuckets: ['ska'] } };

function find(pfn: string, map: Record<string, string>): string | undefined {
  const place = createPfnMap(map, places).find(pfn);
  if (!place) return undefined;
  return 'bucket' in place ? `s3://${place.bucket}/${place.key}` : displayName(place.names.join('/'));
}

test('the longest matching prefix is used, in any order', () => {
  const map = {
    'davs://host:443/data': 'rse',
    'davs://host:443/data/deep/er': 'deep',
    'davs://host:443/data/deep': 'middle',
  };
  expect(find('davs://host:443/data/a/b.fits', map)).toBe('rse/a/b.fits');
  expect(find('davs://host:443/data/deep/er/b.fits', map)).toBe('deep/b.fits');
  expect(find('davs://host:443/data/deep/b.fits', map)).toBe('middle/b.fits');
});

test('a prefix matches only whole path components', () => {
  const map = { 'davs://host:443/data': 'rse' };
  expect(find('davs://host:443/database/a', map)).toBeUndefined();
  expect(find('davs://host:4431/data/a', map)).toBeUndefined();
  expect(find('davs://host/data/a', map)).toBeUndefined();
});

test('other hosts and other schemes do not match', () => {
  const map = { 'davs://storage.example.org:443/data': 'rse', 'file://localhost/data': 'rse' };
  for (const pfn of [
    'davs://evil.example.org:443/data/a',
    'davs://storage.example.org:443@evil.example.org/data/a',
    'https://storage.example.org:443/data/a',
    'file:///data/a',
    'file://localhost.evil.example.org/data/a',
    '/data/a',
    'file://localhost/etc/passwd',
  ]) {
    expect(find(pfn, map)).toBeUndefined();
  }
});

test.each([
  'file://localhost/data/../../etc/passwd',
  'file://localhost/data/a/../../../etc/passwd',
  'file://localhost/data/./a',
  'file://localhost/data/..',
  'file://localhost/data/%2e%2e/%2e%2e/etc/passwd',
  'file://localhost/data/..%2f..%2fetc/passwd',
  'file://localhost/data/a\0b',
])('an address that climbs is refused: %j', (pfn) => {
  for (const place of ['rse', '', 's3://ska', 's3://ska/prefix']) {
    expect(() => find(pfn, { 'file://localhost/data': place })).toThrow();
  }
});

test('a location may be the storage itself, a path in it, or a bucket; extra slashes in an address are ignored', () => {
  expect(find('file://localhost/data//a///b', { 'file://localhost/data': '' })).toBe('a/b');
  expect(find('file://localhost/data/a', { 'file://localhost/data': '/data/source/rse/' })).toBe('rse/a');
  expect(find('s3://host/ska/a/b', { 's3://host/ska': 's3://ska/' })).toBe('s3://ska/a/b');
});

test('a location outside the storage, or in a bucket that is not offered, is refused', () => {
  expect(() => find('file://localhost/data/a', { 'file://localhost/data': '/etc' })).toThrow('outside');
  expect(() => find('s3://host/x/a', { 's3://host/x': 's3://other' })).toThrow('other');
});
