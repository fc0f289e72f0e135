import { expect, test } from '@jest/globals';
import { nearestName } from '../../../../functions/browse/listing/checkPaths.ts';
import { globPattern } from '../../../../functions/browse/threads/globPattern.ts';

const matches = (pattern: string, path: string) => globPattern(pattern).matches(path.split('/'));

test.each<[string, string, boolean]>([
  ['beam0*.fits', 'beam07.fits', true],
  ['beam0*.fits', 'beam17.fits', false],
  ['beam0*.fits', 'beam07.fits.gz', false],
  ['beam??.fits', 'beam07.fits', true],
  ['beam[0-3]?.fits', 'beam17.fits', true],
  ['beam[!0-3]?.fits', 'beam17.fits', false],
  ['beam[]]', 'beam]', true],
  ['*', 'a/b', false],
  ['*/b', 'a/b', true],
  ['**/b.fits', 'b.fits', true],
  ['**/b.fits', 'x/y/b.fits', true],
  ['a/**', 'a/b/c', true],
  ['a/**/c', 'a/c', true],
  ['a/**/c', 'a/b/d', false],
  ['*.fits', 'ünï☃.fits', true],
  ['a?b', 'a☃b', true],
  ['a[b', 'a[b', true],
])('%s and %s: %p', (pattern, path, isMatch) => {
  expect(matches(pattern, path)).toBe(isMatch);
});

test.each<[string, string, boolean]>([
  ['SBID*/beam.fits', 'SBID1', true],
  ['SBID*/beam.fits', 'other', false],
  ['SBID*/beam.fits', 'SBID1/deep', false],
  ['SBID*/**/beam.fits', 'SBID1/deep', true],
])('beneath %s and %s: %p', (pattern, folder, mayBe) => {
  expect(globPattern(pattern).mayBeBeneath(folder.split('/'))).toBe(mayBe);
});

test('a pathological pattern takes polynomial time', () => {
  expect(matches(`${'*a'.repeat(100)}b`, 'a'.repeat(255))).toBe(false);
});

test('the nearest name differs in few letters', () => {
  const names = ['beam07.fits', 'beam17.fits', 'mosaic.fits', 'B'];
  expect(nearestName('beem07.fits', names)).toBe('beam07.fits');
  expect(nearestName('BEAM17.FITS', names)).toBe('beam17.fits');
  expect(nearestName('spectrum.txt', names)).toBeUndefined();
});
