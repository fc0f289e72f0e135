import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { previewSchema } from '../../../shared/http/contract/answers/previews.ts';
import { fitsHeader } from '../../fixtures/fits/header.ts';
import { askAstropy } from '../../services/astronomy/astropy.ts';
import { describeWith } from '../../services/describeWith.ts';
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
  service = await startStagingService(directory);
});
afterAll(async () => {
  await service.stop();
  await removeDataDirectory(directory);
});

async function write(name: string, ...parts: Buffer[]): Promise<void> {
  await writeFile(join(service.sourceStorage, name), Buffer.concat(parts));
}

async function picture(name: string, query: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(
    `${service.url}/preview/picture?${new URLSearchParams({ path: name, ...query })}`,
  );
  const body = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, body, text: body.toString(), limits: answer.headers.get('picture-limits') };
}

async function hdusOf(name: string) {
  const answer = await fetch(`${service.url}/preview?${new URLSearchParams({ path: name })}`);
  const preview = previewSchema.parse(await answer.json());
  if (preview.kind !== 'fits') throw new Error(`it was taken for ${preview.kind}`);
  return preview.hdus;
}

const foundSchema = z.object({
  pictures: z.record(z.string(), z.number()),
  sky: z.record(z.string(), z.tuple([z.number(), z.number()])),
  tables: z.array(z.object({ columns: z.array(z.string()), rows: z.array(z.array(z.string().nullable())) })),
  compressed: z.record(z.string(), z.unknown()),
});

describeWith('astropy', 'beside astropy and matplotlib', (astropy) => {
  let found: z.output<typeof foundSchema>;
  beforeAll(async () => {
    found = foundSchema.parse(await askAstropy(astropy, service.url, service.sourceStorage));
  }, 120_000);

  test('pictures of every type of pixels, stretch, plane and size are within one grey level', () => {
    const wrong = Object.entries(found.pictures).filter(([, levels]) => levels < 0 || levels > 1);
    expect(wrong).toEqual([]);
    expect(Object.keys(found.pictures)).toHaveLength(42);
  });

  test('the centre of an image is within a milliarcsecond, in every projection, and so is the pixel scale', () => {
    const wrong = Object.entries(found.sky).filter(([, [arcsec, scale]]) => arcsec > 1e-3 || scale > 1e-9);
    expect(wrong).toEqual([]);
  });

  test('tables have the values that astropy wrote', () => {
    const [binary, text] = found.tables;
    expect(binary?.columns).toEqual([
      ...['NAME', 'FLAG', 'BYTE', 'SHORT', 'UNSIGNED', 'LONG', 'FLOAT', 'DOUBLE', 'PAIR', 'LISTS'],
    ]);
    expect(binary?.rows).toEqual([
      ['ea01', 'true', '1', '-5', '0', '-1152921504606846977', '0.1', '0.1', '1.5, 2', '1 values'],
      ['ea 02', 'false', '2', '7', '2147483648', '0', '-1e+30', '1e+300', '3, 4', '2 values'],
      ['', 'true', '255', '300', '4294967295', '1152921504606846977', '2', null, '5, 6', '5 values'],
    ]);
    expect(text?.rows).toEqual([
      ['3C 48', '16.250'],
      ['3C147', '22.500'],
    ]);
  });

  test('a compressed image is reported as one, with its shape', async () => {
    expect(found.compressed).toMatchObject({
      kind: 'compressed_image',
      shape: [210, 150],
      pixel_type: 'float32',
      compression: expect.stringMatching(/^(GZIP|RICE)_/),
    });
    const { status, text } = await picture('packed.fits.fz', { hdu: '1' });
    expect([status, text]).toEqual([422, expect.stringContaining('compressed in the file')]);
  });
});

describe('hostile files get an error sentence', () => {
  const image = ['SIMPLE  = T', 'BITPIX  = 16'];
  test.each<[string, string[], string]>([
    ['NAXIS of 2^62', [...image, 'NAXIS   = 4611686018427387904'], 'NAXIS is 4611686018427387904'],
    ['negative NAXIS', [...image, 'NAXIS   = -2'], 'NAXIS is -2'],
    [
      'an axis of 2^62',
      [...image, 'NAXIS   = 2', 'NAXIS1  = 4611686018427387904', 'NAXIS2  = 2'],
      'NAXIS1 is',
    ],
    ['a negative axis', [...image, 'NAXIS   = 2', 'NAXIS1  = -5', 'NAXIS2  = 2'], 'NAXIS1 is -5'],
    ['BITPIX of 7', ['SIMPLE  = T', 'BITPIX  = 7', 'NAXIS   = 0'], 'BITPIX is 7'],
    ['no BITPIX', ['SIMPLE  = T', 'NAXIS   = 0'], 'BITPIX is missing'],
    ['one axis', [...image, 'NAXIS   = 1', 'NAXIS1  = 5'], 'only one axis'],
    ['axes without length', [...image, 'NAXIS   = 2', 'NAXIS1  = 0', 'NAXIS2  = 0'], 'no pixels'],
    [
      '999 axes of 2^52',
      [
        ...image,
        'NAXIS   = 999',
        ...Array.from({ length: 999 }, (_, index) =>
          `NAXIS${index + 1} = 4503599627370496`.replace(/ =/, '='),
        ),
      ],
      'NAXIS',
    ],
    ['data that is not there', [...image, 'NAXIS   = 2', 'NAXIS1  = 500', 'NAXIS2  = 500'], 'the file ends'],
  ])('%s', async (_name, cards, sentence) => {
    await write('hostile.fits', fitsHeader(cards));
    const { status, text } = await picture('hostile.fits');
    expect([status, text]).toEqual([422, expect.stringContaining(sentence)]);
    expect((await hdusOf('hostile.fits')).length).toBe(1);
  });

  test('a text, and a table, have no picture', async () => {
    await write('notes.txt', Buffer.from('notes'));
    expect((await picture('notes.txt')).text).toContain('it is not a FITS file');
    await write('plain.fits', fitsHeader([...image, 'NAXIS   = 0']));
    expect((await picture('plain.fits')).text).toContain('there is no image in its HDU 0');
    expect((await picture('plain.fits', { hdu: '4' })).text).toContain('it has 1 HDUs');
  });

  test('an image of only undefined pixels', async () => {
    const header = fitsHeader(['SIMPLE  = T', 'BITPIX  = -32', 'NAXIS   = 2', 'NAXIS1  = 2', 'NAXIS2  = 1']);
    await write('blank.fits', header, Buffer.from('7fc000007fc00000', 'hex'), Buffer.alloc(2872));
    expect((await picture('blank.fits')).text).toContain('none of its pixels has a value');
  });
});

test('an image with 2^20 pixels a side is subsampled: a sparse file of 4 TiB is drawn', async () => {
  const side = 2 ** 20;
  const header = fitsHeader([
    ...['SIMPLE  = T', 'BITPIX  = -32', 'NAXIS   = 2'],
    ...[`NAXIS1  = ${side}`, `NAXIS2  = ${side}`],
  ]);
  await write('huge.fits', header);
  await truncate(join(service.sourceStorage, 'huge.fits'), header.length + 4 * side * side);
  const { status, limits, body } = await picture('huge.fits', { size: '64' });
  expect([status, limits, body.subarray(1, 4).toString()]).toEqual([200, '0 0', 'PNG']);
  await rm(join(service.sourceStorage, 'huge.fits'));
});

test('a picture is of the current version of the file', async () => {
  const header = fitsHeader(['SIMPLE  = T', 'BITPIX  = 8', 'NAXIS   = 2', 'NAXIS1  = 2', 'NAXIS2  = 1']);
  await write('changing.fits', header, Buffer.from([1, 3]), Buffer.alloc(2878));
  const limits = async () => (await picture('changing.fits', { percent: '100' })).limits;
  expect(await limits()).toBe('1 3');
  expect(await limits()).toBe('1 3');
  await write('changing.fits', header, Buffer.from([5, 9]), Buffer.alloc(2878));
  expect(await limits()).toBe('5 9');
});
