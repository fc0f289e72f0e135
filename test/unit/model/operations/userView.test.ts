import { expect, test } from '@jest/globals';
import { userPlaceOf } from '../../../../shared/model/operations/userView.ts';

const view = {
  notebookPath: '/home/{username}/staged',
  userAreaUrl: 'https://hub.example.org/user/{username}/lab/tree/staged',
  notebookServerUrl: undefined,
};
const staged = {
  phase: 'COMPLETED',
  method: 'local_copy',
  username: 'ann@b.org',
  relativePath: '/project//./a b.fits',
} as const;

test("staged data is at the configured path in the user's notebooks", () => {
  expect(userPlaceOf(staged, view)).toEqual({
    notebookPath: '/home/ann@b.org/staged/project/a b.fits',
    url: 'https://hub.example.org/user/ann%40b.org/lab/tree/staged/project/a%20b.fits',
  });
});

test("data copied to a notebook server is at the hub's address of it", () => {
  const notebookServerUrl = 'https://hub.example.org/user/{username}/lab/tree';
  expect(userPlaceOf({ ...staged, method: 'jupyter_copy' }, { ...view, notebookServerUrl })).toEqual({
    notebookPath: null,
    url: 'https://hub.example.org/user/ann%40b.org/lab/tree/project/a%20b.fits',
  });
});

test('an address contains the bytes of names, valid UTF-8 or not', () => {
  const { notebookPath, url } = userPlaceOf({ ...staged, relativePath: 'é/scan\\xe9?#%.fits' }, view);
  expect(notebookPath).toBe('/home/ann@b.org/staged/é/scan\\xe9?#%.fits');
  expect(url).toMatch(/\/staged\/%C3%A9\/scan%E9%3F%23%25\.fits$/);
});

test('a name that looks like a replacement pattern is used literally', () => {
  expect(userPlaceOf({ ...staged, username: '$&' }, view).notebookPath).toMatch(/^\/home\/\$&\/staged/);
});

test.each([
  ['that failed', { ...staged, phase: 'ERROR' as const }],
  ['in a notebook server', { ...staged, method: 'jupyter_copy' }],
  ['without a user', { ...staged, username: null }],
])('for an operation %s there is no location', (_which, operation) => {
  expect(userPlaceOf(operation, view)).toEqual({ notebookPath: null, url: null });
});

test("nor without the settings for users' views", () => {
  const silent = { notebookPath: undefined, userAreaUrl: undefined, notebookServerUrl: undefined };
  expect(userPlaceOf(staged, silent)).toEqual({ notebookPath: null, url: null });
});

test('a download has no location, regardless of its path', () => {
  const nowhere = { notebookPath: null, url: null };
  expect(userPlaceOf({ ...staged, method: 'direct_download', relativePath: '' }, view)).toEqual(nowhere);
});
