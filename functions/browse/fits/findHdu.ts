import { StagingError } from '../../../shared/errors/stagingError.ts';
import type { ReadableFile } from '../../../shared/storage/source.ts';
import { type HduPlace, isFitsFile, readHeaders } from './readHeaders.ts';

/** The HDU of this number in a FITS file, from 0. @throws PREVIEW_IMPOSSIBLE */
export async function findHdu(
  file: ReadableFile,
  { path, hdu: number }: { readonly path: string; readonly hdu: number },
  signal: AbortSignal,
): Promise<HduPlace> {
  if (!(await isFitsFile(file, signal))) throw impossible(path, 'it is not a FITS file');
  const { hdus } = await readHeaders(file, signal);
  const hdu = hdus[number];
  if (!hdu) throw impossible(path, `it has ${hdus.length} HDUs that can be read, counted from 0`);
  return hdu;
}

/** Why nothing can be shown, as the end of a sentence. */
export function impossible(path: string, reason: string): StagingError {
  return new StagingError('PREVIEW_IMPOSSIBLE', { path, reason });
}
