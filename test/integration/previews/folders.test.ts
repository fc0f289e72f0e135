import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  checkedPathsSchema,
  directoryPageSchema,
  folderSizeSchema,
  searchPageSchema,
} from '../../../shared/http/contract/answers/files.ts';
import { previewSchema } from '../../../shared/http/contract/answers/previews.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

let directory: string;
let service: StagingService;
beforeAll(async () => {
  directory = await makeDataDirectory();
  const storage = join(directory, 'source_storage');
  for (const path of ['survey/SBID1/deep', 'survey/SBID2', 'cube.zarr', 'closed/inner']) {
    await mkdir(join(storage, path), { recursive: true });
  }
  for (const beam of ['00', '01', '17'])
    await writeFile(join(storage, `survey/SBID1/beam${beam}.fits`), beam);
  await writeFile(join(storage, 'survey/SBID1/deep/beam02.fits'), 'deep');
  await writeFile(join(storage, 'closed/inner/beam03.fits'), 'closed');
  await symlink('../SBID1/beam00.fits', join(storage, 'survey/SBID2/beam-link.fits'));
  await symlink('../SBID1', join(storage, 'survey/SBID2/loop'));
  await cp(resolve('test/fixtures/vla_3ant.ms'), join(storage, 'survey/vla.ms'), { recursive: true });
  service = await startStagingService(directory);
});
afterAll(async () => {
  await service.stop();
  await removeDataDirectory(directory);
});

async function ask(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const answer = await fetch(`${service.url}${path}?${new URLSearchParams(query)}`);
  return answer.json();
}

async function search(query: Readonly<Record<string, string>>): Promise<string[]> {
  const names: string[] = [];
  let cursor = {};
  for (;;) {
    const page = searchPageSchema.parse(await ask('/search', { ...query, ...cursor }));
    names.push(...page.entries.map(({ name }) => name));
    if (page.next_cursor === null) return names;
    cursor = { cursor: page.next_cursor };
  }
}

async function check(...paths: string[]) {
  const answer = await fetch(`${service.url}/browse/check`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ paths }),
  });
  return checkedPathsSchema.parse(await answer.json()).paths;
}

test('folders that are one item are listed with their format', async () => {
  const { entries } = directoryPageSchema.parse(await ask('/browse', { path: 'survey' }));
  expect(entries.map(({ name, format }) => [name, format])).toEqual([
    ['SBID1', undefined],
    ['SBID2', undefined],
    ['vla.ms', 'measurement_set'],
  ]);
  const top = directoryPageSchema.parse(await ask('/browse'));
  expect(top.entries.find(({ name }) => name === 'cube.zarr')?.format).toBe('zarr');
});

test('a MeasurementSet is previewed with its subtables, and a table in it as a table', async () => {
  const preview = previewSchema.parse(await ask('/preview', { path: 'survey/vla.ms' }));
  expect(preview).toMatchObject({ kind: 'dataset', format: 'measurement_set' });
  expect(preview.kind === 'dataset' && preview.tables).toEqual(
    expect.arrayContaining(['ANTENNA', 'FIELD', 'SPECTRAL_WINDOW']),
  );
  expect(previewSchema.parse(await ask('/preview', { path: 'survey/vla.ms/ANTENNA' }))).toMatchObject({
    kind: 'dataset',
    format: 'casa_table',
  });
  expect(await ask('/preview', { path: 'survey' })).toMatchObject({ code: 'NOT_A_FILE' });
});

test('the size of a folder counts its files, but not the targets of links', async () => {
  expect(folderSizeSchema.parse(await ask('/browse/size', { path: 'survey/SBID1' }))).toEqual({
    ...{ size_bytes: 10, files: 4, folders: 1, links: 0, complete: true },
  });
  expect(folderSizeSchema.parse(await ask('/browse/size', { path: 'survey/SBID2' }))).toMatchObject({
    ...{ size_bytes: 0, files: 0, links: 2 },
  });
  expect(await ask('/browse/size', { path: 'survey/SBID1/beam00.fits' })).toMatchObject({
    code: 'SOURCE_KIND_UNSUPPORTED',
  });
});

test('a search finds names in any case beneath a folder, page by page, and nothing in the tables of casacore', async () => {
  const all = [
    'SBID1/beam00.fits',
    'SBID1/beam01.fits',
    'SBID1/beam17.fits',
    'SBID1/deep/beam02.fits',
    'SBID2/beam-link.fits',
  ];
  expect(await search({ path: 'survey', text: 'BEAM' })).toEqual(all);
  expect(await search({ path: 'survey', text: 'beam', limit: '1' })).toEqual(all);
  expect(await search({ path: 'survey', text: 'table.dat' })).toEqual([]);
  expect(await search({ path: 'survey', text: '.ms' })).toEqual(['vla.ms']);
});

test('a pattern finds paths', async () => {
  expect(await search({ path: 'survey', glob: 'SBID*/beam0*.fits' })).toEqual([
    'SBID1/beam00.fits',
    'SBID1/beam01.fits',
  ]);
  expect(await search({ path: '', glob: '**/beam02.fits' })).toEqual(['survey/SBID1/deep/beam02.fits']);
  expect(await ask('/search', { path: 'survey' })).toMatchObject({ code: 'BODY_INVALID' });
  expect(await ask('/search', { path: 'survey', text: 'a', cursor: '' })).toMatchObject({
    code: 'BODY_INVALID',
  });
});

test('for each of many paths the answer says whether it exists, with the reason and the nearest name', async () => {
  const checked = await check(
    'survey/SBID1/beam00.fits',
    'survey/SBID1/beem01.fits',
    'survy/SBID1/beam01.fits',
    '/etc/passwd',
    'survey/vla.ms',
    'survey/SBID1/beam0*.fits',
    'survey/SBID1/none*',
    `${service.sourceStorage}/survey/SBID?/beam17.fits`,
  );
  expect(checked).toMatchObject([
    { kind: 'file', size_bytes: 2, reason: null },
    { kind: null, code: 'SOURCE_NOT_FOUND', nearest: 'survey/SBID1/beam01.fits' },
    { kind: null, code: 'SOURCE_NOT_FOUND', nearest: 'survey/SBID1/beam01.fits' },
    { kind: null, code: 'PATH_OUTSIDE_STORAGE', reason: expect.stringContaining('/etc/passwd') },
    { kind: 'directory', format: 'measurement_set' },
    { kind: 'pattern', matches: ['survey/SBID1/beam00.fits', 'survey/SBID1/beam01.fits'], complete: true },
    { kind: null, code: 'SOURCE_NOT_FOUND' },
    { kind: 'pattern', matches: [`${service.sourceStorage}/survey/SBID1/beam17.fits`] },
  ]);
});
