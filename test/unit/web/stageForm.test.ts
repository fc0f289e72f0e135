import { expect, test } from '@jest/globals';
import type { SiteConfig } from '../../../web/src/api/client.ts';
import {
  batchOf,
  checkForm,
  destinationText,
  emptyForm,
  isForBatch,
  ordersOf,
  type StageForm,
  sourcesOf,
  withDestination,
} from '../../../web/src/views/stage/stageForm.ts';

const site: SiteConfig = {
  source_storage_path: '/data',
  target_storage_path: '/users',
  source_buckets: ['survey'],
  allowed_methods: ['local_copy', 'direct_download'],
  link_mode: 'auto',
  digests: ['sha256'],
  create_file_max_bytes: 1,
  max_batch_items: 100_000,
  max_lifetime: null,
  notebook_path: null,
  user_area_url: null,
  has_rucio: false,
  has_jupyterhub: false,
  version: '0.1.0',
  commit: null,
};
const names = (count: number) => Array.from({ length: count }, (_, index) => `file-${index}`);
const form = (changed: Partial<StageForm>): StageForm => ({
  ...emptyForm,
  method: 'local_copy',
  username: 'anna',
  ...changed,
});
const targets = (changed: Partial<StageForm>) =>
  ordersOf(form(changed), sourcesOf(form(changed)), site).map(({ target }) => target);
const errorsOf = (changed: Partial<StageForm>) => checkForm(form(changed), sourcesOf(form(changed)), site);

test('selected and pasted paths are staged once each', () => {
  expect(sourcesOf({ picked: ['a', 'b'], pasted: ' b \n\nc/\n' })).toEqual(['a', 'b', 'c/']);
});

test('one source gets its own name or the typed one, several always their own', () => {
  expect(targets({ picked: ['x/a.fits'] })).toEqual(['a.fits']);
  expect(targets({ picked: ['x/a.fits'], folder: 'project/', name: 'b.fits' })).toEqual(['project/b.fits']);
  expect(targets({ picked: ['x/a.fits', 'y/'], folder: 'project', name: 'b.fits' })).toEqual([
    'project/a.fits',
    'project/y',
  ]);
});

test("a typed destination keeps its folder, and its name if that differs from the source's", () => {
  const typed = withDestination(form({}), ['x/a.fits'], 'project/a.fits');
  expect(destinationText(typed, ['y/c.fits'])).toBe('project/c.fits');
  expect(destinationText(typed, ['y/c.fits', 'd'])).toBe('project/');
  const renamed = withDestination(form({}), ['x/a.fits'], 'project/mine.fits');
  expect(destinationText(renamed, ['y/c.fits'])).toBe('project/mine.fits');
  const ended = withDestination(form({}), ['x/a.fits'], 'project/');
  expect([destinationText(ended, ['x/a.fits']), ordersOf(ended, ['x/a.fits'], site)[0]?.target]).toEqual([
    'project/',
    'project/a.fits',
  ]);
});

test('several sources keep their folders beneath the storage or their bucket, if selected', () => {
  const picked = ['/data/x/a.fits', 'x/y/', 's3://survey/night/b.fits'];
  expect(targets({ picked, folder: 'project', keepsFolders: true })).toEqual([
    'project/x/a.fits',
    'project/x/y',
    'project/survey/night/b.fits',
  ]);
  expect(targets({ picked: ['x/a.fits'], keepsFolders: true })).toEqual(['a.fits']);
});

test('many sources are sent as one batch, but not as downloads, nor with a token, which is not stored', () => {
  const many = ['a', 'b'];
  expect(isForBatch(form({}), many)).toBe(true);
  expect(isForBatch(form({}), ['a'])).toBe(false);
  expect(isForBatch(form({ method: 'direct_download' }), many)).toBe(false);
  expect(isForBatch(form({ method: 'jupyter_copy' }), many)).toBe(true);
  expect(isForBatch(form({ method: 'jupyter_copy', jupyterToken: 'x' }), many)).toBe(false);
});

test('a batch has the paths of all items, their common folder, and the first few by name', () => {
  const picked = Array.from({ length: 12 }, (_, index) => `x/${index}`);
  const { order, items } = batchOf(
    form({ folder: '/project/', isAllOrNothing: true }),
    ordersOf(form({ folder: '/project/' }), picked, site),
  );
  expect(order).toMatchObject({ folder: 'project', isAllOrNothing: true, itemsTotal: 12 });
  expect(order.firstItems).toHaveLength(10);
  expect(items[11]).toEqual({ local_path_on_storage: 'x/11', relative_path: '/project/11' });
});

test.each([
  ['no source', { picked: [] }, 'sources', 'Choose at least one'],
  ['a path out of the storage', { picked: ['../a'] }, 'sources', 'leads outside the source storage'],
  ['another directory', { picked: ['/elsewhere/a'] }, 'sources', 'leads outside the source storage'],
  [
    'another bucket',
    { picked: ['s3://other/a'] },
    'sources',
    'This service does not stage from the bucket other',
  ],
  ['no username', { picked: ['a'], username: '' }, 'username', 'may have letters'],
  [
    'a username of 130 bytes',
    { picked: ['a'], username: 'ü'.repeat(65) },
    'username',
    'may have up to 128 bytes',
  ],
  [
    'a folder out of the user area',
    { picked: ['a'], folder: '../' },
    'destination',
    'leads outside the user area',
  ],
  [
    'two sources of one name',
    { picked: ['x/a', 'y/a'] },
    'destination',
    'Two of the items would have the same path, a',
  ],
  [
    'several wrong paths',
    { picked: ['a', '../b', '../c', '/d'] },
    'sources',
    '2 other paths are also invalid',
  ],
  [
    'all or nothing without a new folder',
    { picked: ['a', 'b'], isAllOrNothing: true },
    'destination',
    'Enter a new folder name',
  ],
  [
    'more than 100 downloads',
    { picked: names(101), method: 'direct_download' },
    'sources',
    'Choose up to 100 at a time',
  ],
  ['more than 100,000 sources', { picked: names(100_001) }, 'sources', 'Choose up to 100,000 at a time'],
] as const)('the form refuses %s', (_what, changed, field, sentence) => {
  const errors = errorsOf(changed);
  expect(Object.keys(errors)).toEqual([field]);
  expect(errors[field]).toContain(sentence);
});

test.each([
  ['an absolute path in the storage', { picked: ['/data/survey/a.fits'] }],
  ['a folder of a bucket', { picked: ['s3://survey/night-2/'] }],
  ['two downloads of one name', { picked: ['x/a', 'y/a'], method: 'direct_download' }],
  ['two sources of one name that keep their folders', { picked: ['x/a', 'y/a'], keepsFolders: true }],
  ['all or nothing with a new folder', { picked: ['x/a', 'y/b'], isAllOrNothing: true, folder: 'set' }],
  ['100,000 sources', { picked: names(100_000) }],
] as const)('the form accepts %s', (_what, changed) => {
  expect(errorsOf(changed)).toEqual({});
});
