import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openingOf, writableCopyOf } from '../../../web/src/components/staged/stagedCommands.ts';

test.each([
  ['/areas/anna/m31.fits', 'from astropy.io import fits; hdus = fits.open("/areas/anna/m31.fits")'],
  ['./cube.FITS.fz', 'from astropy.io import fits; hdus = fits.open("./cube.FITS.fz")'],
  ['/a/vla.ms', 'from casacore.tables import table; ms = table("/a/vla.ms", readonly=True)'],
  ['/a/notes.txt', undefined],
])('%s is opened by %s', (place, line) => {
  expect(openingOf(place)).toBe(line);
});

test('the copy of read-only data can be changed, and the data stays unchanged', async () => {
  const folder = await mkdtemp(join(tmpdir(), "it's "));
  const tree = join(folder, 'vla.ms');
  await mkdir(join(tree, 'ANTENNA'), { recursive: true });
  await writeFile(join(tree, 'ANTENNA', 'table.dat'), 'data', { mode: 0o400 });
  for (const path of [join(tree, 'ANTENNA'), tree]) await chmod(path, 0o500);
  execFileSync('sh', ['-c', writableCopyOf(tree)]);
  const copied = join(folder, 'vla_copy.ms', 'ANTENNA', 'table.dat');
  execFileSync('sh', ['-c', 'test -w "$1" && test -w "$(dirname "$1")" && echo more >> "$1"', 'sh', copied]);
  expect(await readFile(copied, 'utf8')).toBe('datamore\n');
  expect(await readFile(join(tree, 'ANTENNA', 'table.dat'), 'utf8')).toBe('data');
  execFileSync('chmod', ['-R', 'u+w', folder]);
  await rm(folder, { recursive: true });
});
