import { createHash } from 'node:crypto';
import { cp, mkdir, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { v7 } from 'uuid';
import { findMigrationsDirectory } from '../shared/record/database/migrate.ts';
import { openSqlite } from '../shared/record/database/sqlite/sqlite.ts';
import type { OperationRow } from '../shared/record/database/tables.ts';
import { newRow } from '../shared/record/rows/operationRow.ts';
import { insertStatement } from '../shared/record/rows/operationStatements.ts';

const hourMs = 3_600_000;
const users = ['alice', 'bruno', 'chipo', 'dmitri', 'emi'];
const methods = ['local_copy', 'local_copy', 'symlink_copy', 'jupyter_copy', 'direct_download'];
const sources = [
  'survey/deep-field/band-1.fits',
  'survey/mosaic.fits',
  'vla_3ant.ms',
  'survey/catalogue.csv',
];

/** Fills a source storage with typical data of a radio observatory. */
export async function makeSampleSources(storage: string): Promise<void> {
  const write = async (path: string, content: string | Buffer, sizeBytes?: number) => {
    await mkdir(join(storage, dirname(path)), { recursive: true });
    await writeFile(join(storage, path), content);
    if (sizeBytes !== undefined) await truncate(join(storage, path), sizeBytes);
  };
  for (let band = 1; band <= 6; band += 1) {
    await write(
      `survey/deep-field/band-${band}.fits`,
      Buffer.concat([Buffer.from(fitsHeader(band)), skyOf(band)]),
      2880 * (200 * band + 1),
    );
  }
  await write('survey/mosaic.fits', fitsHeader(0), 3 * 1024 ** 3);
  await write(
    'survey/catalogue.csv',
    'name,ra,dec,flux_mjy\n'.concat('J1939-6342,294.85,-63.71,14980\n'.repeat(4000)),
  );
  await write('survey/README.txt', 'Deep field of the southern sky, observed in six bands.\n');
  await cp('test/fixtures/vla_3ant.ms', join(storage, 'vla_3ant.ms'), { recursive: true });
}

/**
 * Writes a record of one day of work into the database of a data directory, which no service may use at the same time.
 */
export async function makeSampleRecord(dataDirectory: string): Promise<void> {
  const database = await openSqlite(`file:${join(dataDirectory, 'staging.db')}`, findMigrationsDirectory());
  try {
    for (let hour = 24; hour > 0; hour -= 1) {
      const count = Math.round(14 + 11 * Math.sin(hour / 3.2) + (hour % 5));
      for (let index = 0; index < count; index += 1) {
        const createdAt = new Date(Date.now() - hour * hourMs + (index / count) * hourMs);
        const { sql, values } = insertStatement([sampleRow(hour * 31 + index, createdAt)]);
        await database.execute(sql, values);
      }
    }
  } finally {
    await database.close();
  }
}

/** A row that depends only on its number, so that screenshots differ only where the page does. */
function sampleRow(number: number, createdAt: Date): OperationRow {
  const pick = <Value>(values: readonly Value[], step: number): Value | undefined =>
    values[Math.floor(number * step) % values.length];
  const source = pick(sources, 1.7) ?? '';
  const bytes = (1 + ((number * 7919) % 97)) * 37_000_000;
  const startedAt = new Date(createdAt.getTime() + 400);
  const row = {
    ...newRow(
      {
        method: pick(methods, 1.3) ?? null,
        username: pick(users, 1) ?? null,
        localPathOnStorage: source,
        relativePath: `project/${source}`,
        requestId: v7({ msecs: createdAt.getTime() }),
      },
      { worker: 'sample', queueOwner: null },
    ),
    id: v7({ msecs: createdAt.getTime() }),
    createdAt,
    attempts: 1,
    startedAt,
    finishedAt: new Date(startedAt.getTime() + bytes / 180_000),
    bytesTotal: bytes,
  };
  if (number % 17 === 0) {
    return {
      ...row,
      phase: 'ERROR',
      errorCode: 'SOURCE_NOT_FOUND',
      errorReason: `Source path does not exist: ${source}`,
    };
  }
  if (number % 29 === 0)
    return { ...row, phase: 'ABORTED', errorCode: 'ABORTED', errorReason: 'Aborted by its user.' };
  const sha256 = createHash('sha256').update(String(number)).digest('hex');
  return {
    ...row,
    phase: 'COMPLETED',
    outcome: 'staged',
    bytesDone: bytes,
    filesTotal: 1,
    filesDone: 1,
    sha256,
  };
}

/** The header of a FITS image (FITS 4.0 §4.4.1): cards of 80 characters in blocks of 2880 bytes. */
function fitsHeader(band: number): string {
  const card = (keyword: string, value: string, comment: string) =>
    `${keyword.padEnd(8)}= ${value.padStart(20)} / ${comment}`.padEnd(80);
  return [
    card('SIMPLE', 'T', 'conforms to the FITS standard'),
    card('BITPIX', '-32', 'IEEE single precision'),
    card('NAXIS', '2', 'number of axes'),
    card('NAXIS1', '720', 'pixels in right ascension'),
    card('NAXIS2', String(200 * Math.max(band, 1)), 'pixels in declination'),
    card('OBJECT', "'DEEP-FIELD'", 'name of the field'),
    card('TELESCOP', "'SKA-MID '", 'telescope'),
    card('BUNIT', "'Jy/beam '", 'unit of the pixels'),
    card('CTYPE1', "'RA---SIN'", 'right ascension'),
    card('CRPIX1', '360.0', 'pixel of the reference'),
    card('CRVAL1', '150.1', '[deg] its right ascension'),
    card('CDELT1', '-0.0005', '[deg] size of a pixel'),
    card('CTYPE2', "'DEC--SIN'", 'declination'),
    card('CRPIX2', String(100 * Math.max(band, 1)), 'pixel of the reference'),
    card('CRVAL2', '-30.7', '[deg] its declination'),
    card('CDELT2', '0.0005', '[deg] size of a pixel'),
    card('BMAJ', '0.0022', '[deg] beam, major axis'),
    card('BMIN', '0.0017', '[deg] beam, minor axis'),
    card('BPA', '38.0', '[deg] its position angle'),
    card('RESTFRQ', `${950 + 120 * band}000000`, '[Hz] centre of the band'),
    'END'.padEnd(80),
  ]
    .join('')
    .padEnd(2880);
}

/** Sources of many fluxes over noise: the same with each run, as big-endian floats of 32 bits. */
function skyOf(band: number): Buffer {
  const [width, height] = [720, 200 * band];
  const pixels = new Float32Array(width * height);
  let seed = 12_345 + band;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  for (let index = 0; index < pixels.length; index += 1) pixels[index] = (random() + random() - 1) * 2e-5;
  for (let source = 0; source < 90 * band; source += 1) {
    const [x, y] = [random() * width, random() * height];
    const [flux, size] = [2e-5 / (random() + 0.004), 1.5 + 4 * random() ** 4];
    for (let row = Math.max(0, Math.floor(y - 15)); row < Math.min(height, y + 15); row += 1) {
      for (let column = Math.max(0, Math.floor(x - 15)); column < Math.min(width, x + 15); column += 1) {
        const distance = ((column - x) ** 2 + (row - y) ** 2) / (2 * size ** 2);
        pixels[row * width + column] = (pixels[row * width + column] ?? 0) + flux * Math.exp(-distance);
      }
    }
  }
  return Buffer.from(pixels.buffer).swap32();
}
