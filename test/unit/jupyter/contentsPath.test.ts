import { expect, test } from '@jest/globals';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import {
  checkServable,
  contentsPath,
  isServable,
  visiblePartName,
} from '../../../shared/jupyter/contentsPath.ts';
import { displayName, fileName, fileNameFromBytes } from '../../../shared/model/fileName.ts';
import { parseTargetPath } from '../../../shared/model/paths.ts';

const id = '01890a5d-ac96-774b-bcce-b302099a8057';

test('names are encoded, so that none is misinterpreted in a URL', () => {
  expect(contentsPath(['a b', '50%?#', 'ü'].map(fileName))).toBe('api/contents/a%20b/50%25%3F%23/%C3%BC');
  expect(contentsPath([])).toBe('api/contents');
});

test('names with a special meaning in the contents API do not match its routes', () => {
  expect(contentsPath(['checkpoints', 'trust', 'checkpoints.txt'].map(fileName))).toBe(
    'api/contents/%63heckpoints/%74rust/checkpoints.txt',
  );
});

test('hidden names, names that are not Unicode and the longest names cannot be sent unchanged', () => {
  expect(isServable(fileName('a.b'))).toBe(true);
  expect(isServable(fileName('.a'))).toBe(false);
  expect(isServable(fileNameFromBytes(Buffer.from([0xff])))).toBe(false);
  expect(isServable(fileName('z'.repeat(255)))).toBe(false);
});

test('a hidden target is refused', () => {
  expect(() => checkServable(parseTargetPath('a/.b/c'))).toThrow(StagingError);
  expect(() => checkServable(parseTargetPath('./a.b/c'))).not.toThrow();
});

test('a part name is visible, as long as allowed, and truncated between characters', () => {
  expect(visiblePartName(fileName('a.fits'), id)).toBe(`a.fits.${id}.part`);
  const cut = visiblePartName(fileName('ü'.repeat(127)), id);
  expect(cut.length).toBeLessThanOrEqual(253);
  expect(displayName(cut)).toMatch(/^ü+\.01890a5d/);
});
