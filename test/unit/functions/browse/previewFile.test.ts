import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { openForPreview } from '../../../../functions/browse/openForPreview.ts';
import { previewFile } from '../../../../functions/browse/previewFile.ts';
import type { FitsCard, Preview } from '../../../../shared/http/contract/answers/previews.ts';
import { parseSourcePath } from '../../../../shared/model/paths.ts';
import { createSourceStorage } from '../../../../shared/storage/mounted/sourceStorage.ts';
import { createObjectBrowser } from '../../../../shared/storage/objects/objectBrowser.ts';
import { fitsHeader } from '../../../fixtures/fits/header.ts';

const { signal } = new AbortController();
const objects = createObjectBrowser({
  endpoint: undefined,
  region: undefined,
  sourceBuckets: [],
  isProxied: false,
});
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'preview-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function preview(content: Buffer | string): Promise<Preview> {
  await writeFile(join(directory, 'file'), content);
  return previewOf('file');
}

async function previewOf(name: string): Promise<Preview> {
  const storages = { sourceStorage: createSourceStorage(directory), objects };
  await using file = await openForPreview(parseSourcePath(name, directory), storages, signal);
  return await previewFile(file, signal);
}

async function fitsPreview(content: Buffer) {
  const shown = await preview(content);
  if (shown.kind !== 'fits') throw new Error(`it was taken for ${shown.kind}`);
  return shown;
}

const value = (cards: readonly FitsCard[], keyword: string) =>
  cards.find((card) => card.keyword === keyword)?.value;

test('cards without a space after the equals sign are read, and comments that begin with one stay comments', async () => {
  const cards = [
    'SIMPLE  =T',
    'BITPIX  =8',
    "OBJECT  ='M31'/galaxy",
    'NAXIS   =0',
    'COMMENT = is a sign',
    'HISTORY =x',
  ];
  const [hdu] = (await fitsPreview(fitsHeader(cards))).hdus;
  expect(hdu?.cards).toEqual([
    { keyword: 'SIMPLE', value: 'T', comment: null },
    { keyword: 'BITPIX', value: '8', comment: null },
    { keyword: 'OBJECT', value: 'M31', comment: 'galaxy' },
    { keyword: 'NAXIS', value: '0', comment: null },
    { keyword: 'COMMENT', value: null, comment: '= is a sign' },
    { keyword: 'HISTORY', value: null, comment: '=x' },
  ]);
});

describe('texts', () => {
  test('a text is shown unchanged, with its control characters', async () => {
    const text = 'a\tb\r\n\x1b[31m\u2028 ☃';
    expect(await preview(text)).toEqual({
      kind: 'text',
      text,
      truncated: false,
      size_bytes: Buffer.byteLength(text),
    });
  });

  test('an empty file is a text, too', async () => {
    expect(await preview('')).toEqual({ kind: 'text', text: '', truncated: false, size_bytes: 0 });
  });

  test('the first 64 KiB of a long text are shown, without an incomplete character', async () => {
    const shown = await preview(`x${'☃'.repeat(30_000)}`);
    expect(shown).toMatchObject({ kind: 'text', truncated: true, size_bytes: 90_001 });
    expect(shown.kind === 'text' && shown.text).toBe(`x${'☃'.repeat(21_845)}`);
  });
});

test.each([
  ['bytes that are no UTF-8', Buffer.from([0x41, 0xff, 0xfe]), null],
  ['a character that is cut at the end of the file', Buffer.from([0x41, 0xe2, 0x98]), null],
  ['a NUL', Buffer.from('a\0b'), null],
  ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'gzip'],
  ['FITS in gzip', gzipSync(fitsHeader(['SIMPLE  = T'])), 'FITS compressed with gzip'],
  ['a text in gzip', gzipSync('SIMPLE'), 'gzip'],
  ['HDF5', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), 'HDF5'],
])('%s is binary', async (_name, content, magic) => {
  expect(await preview(content)).toEqual({ kind: 'binary', size_bytes: content.length, magic });
});

test('a file of a casacore table is shown as one', async () => {
  await copyFile(resolve('test/fixtures/vla_3ant.ms/ANTENNA/table.dat'), join(directory, 'table.dat'));
  expect(await previewOf('table.dat')).toMatchObject({ kind: 'binary', magic: 'casacore table' });
});

test('a directory has no preview', async () => {
  await expect(previewOf('.')).rejects.toMatchObject({ code: 'NOT_A_FILE' });
});

describe('FITS', () => {
  test('all headers of a file that astropy wrote are shown, with any data between them', async () => {
    await copyFile(resolve('test/fixtures/fits/m31.fits'), join(directory, 'm31.fits'));
    const shown = await previewOf('m31.fits');
    if (shown.kind !== 'fits') throw new Error('it was not taken for FITS');
    const names = shown.hdus.map(({ cards }) => value(cards, 'EXTNAME') ?? value(cards, 'OBJECT'));
    expect(names).toEqual(['M31', 'SCI', 'ANTENNAS', 'PACKED']);
    expect(shown.truncated).toBe(false);
    const [{ cards } = { cards: [] }] = shown.hdus;
    const long = `${'A text that goes on and on, '.repeat(6)}and ends here`;
    expect(cards).toEqual(
      expect.arrayContaining([
        { keyword: 'OBJECT', value: 'M31', comment: 'name of the observed object' },
        { keyword: 'OBSERVER', value: "O'Hara", comment: null },
        { keyword: 'LONGTEXT', value: long, comment: 'over several cards' },
        { keyword: 'HIERARCH ESO DET CHIP TEMP', value: '-120.5', comment: '[deg C] convention of ESO' },
        { keyword: 'VERIFIED', value: 'T', comment: 'a logical value' },
        { keyword: 'UNDEF', value: null, comment: null },
        { keyword: 'COMMENT', value: null, comment: 'A comment with a = and a / in it' },
      ]),
    );
  });

  const primary = ['SIMPLE  =                    T', 'BITPIX  =                    8'];
  const empty = [...primary, 'NAXIS   =                    0'];
  const extension = ["XTENSION= 'IMAGE   '", ...empty.slice(1)];

  test('random groups take the space given by their header', async () => {
    const groups = [
      ...primary,
      'NAXIS   = 2',
      'NAXIS1  = 0',
      'NAXIS2  = 3',
      'GROUPS  = T',
      'PCOUNT  = 2',
      'GCOUNT  = 1000',
    ];
    const { hdus } = await fitsPreview(
      Buffer.concat([fitsHeader(groups), Buffer.alloc(5760), fitsHeader(extension)]),
    );
    expect(hdus).toHaveLength(2);
  });

  test.each([
    ['that never ends', fitsHeader([...empty, ...Array.from({ length: 500 }, () => 'HISTORY again')], [])],
    [
      'that is longer than what is shown',
      fitsHeader([...empty, ...Array.from({ length: 20_000 }, () => 'HISTORY again')]),
    ],
    [
      'whose data is larger than numbers go',
      fitsHeader([...primary, 'NAXIS   = 3', ...[1, 2, 3].map((axis) => `NAXIS${axis}  = 999999999999999`)]),
    ],
    ['with a negative axis', fitsHeader([...primary, 'NAXIS   = 1', 'NAXIS1  = -2880'])],
    ['without its axes', fitsHeader([...primary, 'NAXIS   = 2'])],
    ['with a million axes', fitsHeader([...primary, 'NAXIS   = 1000000'])],
    ['with pixels of no size', fitsHeader(['SIMPLE  =                    T', 'BITPIX  = 0', 'NAXIS   = 0'])],
    ['with nothing but its first card', fitsHeader(['SIMPLE  =                    T'])],
  ])('a header %s is shown, and marked as truncated', async (_name, content) => {
    const { hdus, truncated } = await fitsPreview(content);
    expect([hdus.length, truncated]).toEqual([1, true]);
    expect(hdus[0]?.cards[0]).toEqual({ keyword: 'SIMPLE', value: 'T', comment: null });
    expect(hdus[0]?.cards.length).toBeLessThan(13_000);
  });

  test('a hundred of a thousand headers are shown', async () => {
    const rest = Array.from({ length: 999 }, () => fitsHeader(extension));
    const { hdus, truncated } = await fitsPreview(Buffer.concat([fitsHeader(empty), ...rest]));
    expect([hdus.length, truncated]).toEqual([100, true]);
  });

  const longText = ['SIMPLE  =                    T', "TEXT    = '&'"];

  test('a header that is one continued string is joined in linear time', async () => {
    /** How many characters are read by calls that read a whole string. */
    async function charactersRead(cardCount: number): Promise<number> {
      const slice = jest.spyOn(String.prototype, 'slice');
      const end = jest.spyOn(String.prototype, 'endsWith');
      const part = "CONTINUE  '".padEnd(77, 'x').concat("&' /");
      const cards = [...longText, ...Array.from({ length: cardCount - 1 }, () => part)];
      const { hdus } = await fitsPreview(fitsHeader(cards, []));
      const read = [...slice.mock.contexts, ...end.mock.contexts];
      slice.mockRestore();
      end.mockRestore();
      expect(hdus[0]?.cards).toHaveLength(2);
      return read.reduce<number>((sum, text) => sum + String(text).length, 0);
    }
    const [half, whole] = [await charactersRead(1000), await charactersRead(2000)];
    expect(whole / half).toBeLessThan(2.1);
  });

  test('trailing data that is not a header ends the list', async () => {
    const { hdus, truncated } = await fitsPreview(
      Buffer.concat([fitsHeader(empty), Buffer.alloc(2880, 'x')]),
    );
    expect([hdus.length, truncated]).toEqual([1, false]);
  });

  test('the largest header that is read may be one string', async () => {
    const part = "CONTINUE  '".padEnd(78, 'x').concat("&'");
    const { hdus, truncated } = await fitsPreview(fitsHeader([...longText, ...Array(12_958).fill(part)], []));
    expect(truncated).toBe(true);
    expect(hdus[0]?.cards).toEqual([
      { keyword: 'SIMPLE', value: 'T', comment: null },
      { keyword: 'TEXT', value: `${'x'.repeat(12_958 * 67)}&`, comment: null },
    ]);
  });

  test('invalid characters in a header are replaced, and unusual cards are shown unchanged', async () => {
    const odd = [
      'BINARY  = \x00\xff\x1b',
      "OPEN    = 'no end",
      "CONTINUE  'of nothing&'",
      "CONTINUE  'and on",
      'HIERARCH',
      '= 1',
      '/',
    ];
    const { hdus } = await fitsPreview(fitsHeader([...empty, ...odd]));
    expect(hdus[0]?.cards.slice(3)).toEqual([
      { keyword: 'BINARY', value: '\u{fffd}\u{fffd}\u{fffd}', comment: null },
      { keyword: 'OPEN', value: "'no end", comment: null },
      { keyword: 'CONTINUE', value: null, comment: "'of nothing&'" },
      { keyword: 'CONTINUE', value: null, comment: "'and on" },
      { keyword: 'HIERARCH', value: null, comment: null },
      { keyword: '= 1', value: null, comment: null },
      { keyword: '/', value: null, comment: null },
    ]);
  });
});
