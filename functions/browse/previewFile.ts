import { constants, gunzipSync } from 'node:zlib';
import type { Preview } from '../../shared/http/contract/answers/previews.ts';
import type { ReadableFile } from '../../shared/storage/source.ts';
import { describeHdu } from './fits/describeHdu.ts';
import { isFits, readHeaders } from './fits/readHeaders.ts';

/** How much of a text is shown. */
const textBytes = 64 * 1024;

/** The readable contents of a file: the headers of FITS with their properties, else the beginning of a text. */
export async function previewFile(file: ReadableFile, signal: AbortSignal): Promise<Preview> {
  const { sizeBytes } = file;
  const head = Buffer.alloc(Math.min(sizeBytes, textBytes));
  if (head.length > 0) await file.read(head, 0, signal);
  if (isFits(head)) {
    const { hdus, truncated } = await readHeaders(file, signal);
    const primary = hdus[0]?.cards ?? [];
    return {
      kind: 'fits',
      hdus: hdus.map((place) => describeHdu(place, primary)),
      truncated,
      size_bytes: sizeBytes,
    };
  }
  const truncated = sizeBytes > head.length;
  const magic = isPackedFits(head) ? packedFits : formatOf(head);
  const text = magic === null ? textOf(head, truncated) : undefined;
  return text === undefined
    ? { kind: 'binary', size_bytes: sizeBytes, magic }
    : { kind: 'text', text, truncated, size_bytes: sizeBytes };
}

const packedFits = 'FITS compressed with gzip';

/** Whether a compressed file begins like FITS. No more of it is unpacked, because its unpacked size is unbounded. */
function isPackedFits(head: Buffer): boolean {
  if (formatOf(head) !== 'gzip') return false;
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxUnpackedBytes };
    return isFits(gunzipSync(head.subarray(0, packedBytes), options));
  } catch {
    return false;
  }
}

/** This many bytes of gzip contain the first card of FITS, and their unpacked size is bounded. */
const packedBytes = 512;
const maxUnpackedBytes = 1024 * 1024;

/**
 * Bytes as a text, unless they are not: invalid UTF-8, or with a NUL. An incomplete character at the end is left out.
 */
function textOf(bytes: Buffer, isCut: boolean): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}

interface Format {
  readonly name: string;
  readonly bytes: Buffer;
  /** The offset of the bytes, if it is not 0. */
  readonly position?: number;
}

const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');

/** The first bytes of file formats that occur with telescope data. */
const formats: readonly Format[] = [
  { name: 'HDF5', bytes: hex('89 48 44 46 0d 0a 1a 0a') },
  { name: 'casacore table', bytes: hex('be be be be') },
  { name: 'NumPy', bytes: hex('93 4e 55 4d 50 59') },
  { name: 'gzip', bytes: hex('1f 8b') },
  { name: 'bzip2', bytes: Buffer.from('BZh') },
  { name: 'xz', bytes: hex('fd 37 7a 58 5a 00') },
  { name: 'Zstandard', bytes: hex('28 b5 2f fd') },
  { name: 'ZIP', bytes: hex('50 4b 03 04') },
  { name: 'tar', bytes: Buffer.from('ustar'), position: 257 },
  { name: 'Parquet', bytes: Buffer.from('PAR1') },
  { name: 'SQLite', bytes: Buffer.from('SQLite format 3\0') },
  { name: 'PNG', bytes: hex('89 50 4e 47 0d 0a 1a 0a') },
  { name: 'JPEG', bytes: hex('ff d8 ff') },
  { name: 'PDF', bytes: Buffer.from('%PDF-') },
];

/** The format by a file's first bytes; null if unknown. */
function formatOf(head: Buffer): string | null {
  const found = formats.find(({ bytes, position = 0 }) =>
    head.subarray(position, position + bytes.length).equals(bytes),
  );
  return found?.name ?? null;
}
