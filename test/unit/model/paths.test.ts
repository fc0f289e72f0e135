import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import {
  parseNewTarget,
  parseSourcePath,
  parseTargetPath,
  type StoragePath,
  usernameSchema,
} from '../../../shared/model/paths.ts';

const segment = fc.oneof(
  fc.constantFrom('..', '.', '', '%2e%2e', '%2E.', '..%2f', '\\', '~', 'a', 'naïve', '\u0000', '\n', '....'),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const anyPath = fc.array(segment, { maxLength: 8 }).map((parts) => parts.join('/'));

/** The path if it is accepted; a refusal must be one of our errors. */
function accepted(parse: () => StoragePath): StoragePath | undefined {
  try {
    return parse();
  } catch (error) {
    expect(error).toBeInstanceOf(StagingError);
    return undefined;
  }
}

describe('for any input', () => {
  test('a target path that is accepted stays beneath the user area', () => {
    fc.assert(
      fc.property(anyPath, (given) => {
        const path = accepted(() => parseTargetPath(given));
        if (!path) return;
        expect(path.names.length).toBeGreaterThan(0);
        const names = path.names.map((name) => Buffer.from(name, 'latin1').toString('utf8'));
        expect(resolve('/users/alice', ...names.map((name) => `./${name}`))).toBe(
          ['/users/alice', ...names].join('/'),
        );
        for (const name of path.names) expect(name.length).toBeLessThanOrEqual(255);
      }),
      { numRuns: 3000 },
    );
  });

  test('a source path that is accepted stays beneath the storage, absolute or not', () => {
    fc.assert(
      fc.property(anyPath, fc.boolean(), (given, isAbsolute) => {
        const path = accepted(() =>
          parseSourcePath(isAbsolute ? `/mnt/storage/${given}` : given, '/mnt/storage'),
        );
        for (const name of path?.names ?? []) {
          expect(['', '.', '..']).not.toContain(name);
          expect(name).not.toMatch(/[/\0]/);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('a user name that is accepted is one harmless folder name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (given) => {
        const parsed = usernameSchema.safeParse(given);
        if (parsed.success) expect(resolve('/users', `./${given}`)).toBe(`/users/${given}`);
      }),
      { numRuns: 3000 },
    );
  });
});

test('an absolute path is accepted only beneath the storage', () => {
  expect(parseSourcePath('/mnt/storage/a/b', '/mnt/storage').names).toEqual(['a', 'b']);
  expect(parseSourcePath('/mnt/storage', '/mnt/storage').names).toEqual([]);
  expect(() => parseSourcePath('/mnt/storage-two/a', '/mnt/storage')).toThrow(StagingError);
});

test.each(['//mnt/storage/a', '/./mnt/storage/a', '/mnt//storage/./a/', '///mnt/storage//a'])(
  '%s is the same as /mnt/storage/a',
  (given) => expect(parseSourcePath(given, '/mnt/storage').names).toEqual(['a']),
);

test('a leading slash, doubled slashes and dots change nothing about a target', () => {
  expect(parseTargetPath('//a/./b//').names).toEqual(['a', 'b']);
});

test('a target may be hidden beneath its first name, or anywhere if the site allows it', () => {
  const parse = (given: string, areHiddenTargetsAllowed = false) =>
    accepted(() => parseNewTarget(given, { areHiddenTargetsAllowed }))?.names;
  expect(parse('set.zarr/.zarray')).toEqual(['set.zarr', '.zarray']);
  expect([parse('.x'), parse('./.x/y'), parse('...')]).toEqual([undefined, undefined, undefined]);
  expect(parse('.x/y', true)).toEqual(['.x', 'y']);
  expect([parse('.staging/x', true), parse('a/.staging', true)]).toEqual([undefined, undefined]);
});
