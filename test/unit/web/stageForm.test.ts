import { expect, test } from '@jest/globals';
import type { SiteConfig } from '../../../web/src/api/client.ts';
import {
  checkForm,
  destinationText,
  emptyForm,
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
  has_jupyterhub: false,
};
const form = (changed: Partial<StageForm>): StageForm => ({
  ...emptyForm,
  method: 'local_copy',
  username: 'anna',
  ...changed,
});
const targets = (changed: Partial<StageForm>) => ordersOf(form(changed)).map(({ target }) => target);

test('what was picked and what was pasted are staged once each', () => {
  expect(sourcesOf({ picked: ['a', 'b'], pasted: ' b \n\nc/\n' })).toEqual(['a', 'b', 'c/']);
});

test('one source gets its own name or the one that was typed, several always their own', () => {
  expect(targets({ picked: ['x/a.fits'] })).toEqual(['a.fits']);
  expect(targets({ picked: ['x/a.fits'], folder: 'project/', name: 'b.fits' })).toEqual(['project/b.fits']);
  expect(targets({ picked: ['x/a.fits', 'y/'], folder: 'project', name: 'b.fits' })).toEqual([
    'project/a.fits',
    'project/y',
  ]);
});

test('a typed destination keeps its folder, and its name if that is not the name of the source', () => {
  const typed = withDestination(form({}), ['x/a.fits'], 'project/a.fits');
  expect(destinationText(typed, ['y/c.fits'])).toBe('project/c.fits');
  expect(destinationText(typed, ['y/c.fits', 'd'])).toBe('project/');
  const renamed = withDestination(form({}), ['x/a.fits'], 'project/mine.fits');
  expect(destinationText(renamed, ['y/c.fits'])).toBe('project/mine.fits');
  const ended = withDestination(form({}), ['x/a.fits'], 'project/');
  expect([
    destinationText(ended, ['x/a.fits']),
    ordersOf({ ...ended, picked: ['x/a.fits'] })[0]?.target,
  ]).toEqual(['project/', 'project/a.fits']);
});

test.each([
  [{ picked: [] }, 'sources', 'Choose at least one'],
  [{ picked: ['../a'] }, 'sources', 'leads outside the source storage'],
  [{ picked: ['/elsewhere/a'] }, 'sources', 'leads outside the source storage'],
  [{ picked: ['s3://other/a'] }, 'sources', 'The bucket other is not one'],
  [{ picked: ['a'], username: '' }, 'username', 'may have letters'],
  [{ picked: ['a'], username: 'ü'.repeat(65) }, 'username', 'may have up to 128 bytes'],
  [{ picked: ['a'], folder: '../' }, 'destination', 'leads outside the user area'],
  [{ picked: ['x/a', 'y/a'] }, 'destination', 'Two of the items would both become a'],
] as const)('%j is refused', (changed, field, sentence) => {
  const errors = checkForm(form(changed), site);
  expect(Object.keys(errors)).toEqual([field]);
  expect(errors[field]).toContain(sentence);
});

test.each([
  { picked: ['/data/survey/a.fits'] },
  { picked: ['s3://survey/night-2/'] },
  { picked: ['x/a', 'y/a'], method: 'direct_download' },
])('%j is in order', (changed) => {
  expect(checkForm(form(changed), site)).toEqual({});
});
