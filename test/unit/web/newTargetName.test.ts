import { expect, test } from '@jest/globals';
import { newTargetName } from '../../../web/src/format/paths.ts';

test.each([
  ['a.fits', 'a_v2.fits'],
  ['project/a_v2.fits', 'project/a_v3.fits'],
  ['project.d/a', 'project.d/a_v2'],
  ['a.tar.gz', 'a_v2.tar.gz'],
  ['survey/night-9/', 'survey/night-9_v2'],
  ['survey.2026.11.29', 'survey.2026.11.29_v2'],
  ['project/.hidden', 'project/.hidden_v2'],
])('a new name for %s is %s', (path, name) => {
  expect(newTargetName(path)).toBe(name);
});
