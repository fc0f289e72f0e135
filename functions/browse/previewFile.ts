import { constants, gunzipSync } from 'node:zlib';
import type { Preview } from '../../shared/http/contract/previews.ts';
import type { ReadableFile } from '../../shared/storage/source.ts';
import { describeHdu } from './fits/describeHdu.ts';
import { isFits, readHeaders } from './fits/readHeaders.ts';
import { formatOf } from './formats.ts';

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
