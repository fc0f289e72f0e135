import type { PreviewedFile } from '../openForPreview.ts';
import { dataOf } from './describeHdu.ts';
import { findHdu, impossible } from './findHdu.ts';
import { planesOf } from './imageLayout.ts';
import { keywordsOf } from './keywords.ts';
import type { PictureRequest } from './pictures.ts';
import type { HduPlace } from './readHeaders.ts';
import type { PlaneOfPixels } from './samplePlane.ts';

/** Planes of objects are read whole, by one request: larger ones would be too much to fetch for a preview. */
const maxObjectBytes = 32 * 1024 * 1024;

/**
 * Finds the pixels of a plane in a FITS file; those of an object are read.
 * @throws PREVIEW_IMPOSSIBLE with the reason
 */
export async function planeOfPixels(
  file: PreviewedFile,
  request: PictureRequest,
  signal: AbortSignal,
): Promise<PlaneOfPixels> {
  const hdu = await findHdu(file, request, signal);
  const { bitpix, shape, scale, zero, blank, planes } = imageOf(hdu, request);
  const [width = 0, height = 0] = shape;
  const planeBytes = (width * height * Math.abs(bitpix)) / 8;
  const start = hdu.dataStart + request.plane * planeBytes;
  if (request.plane >= planes) throw impossible(request.path, `it has ${planes} planes, counted from 0`);
  if (start + planeBytes > file.sizeBytes)
    throw impossible(request.path, 'the file ends before its pixels do');
  const pixels = { bitpix, width, height, scale, zero, blank };
  if (file.fd !== undefined) return { from: file.fd, start, ...pixels };
  if (planeBytes > maxObjectBytes) {
    throw impossible(request.path, 'it is in an object store, and too large to be fetched for a picture');
  }
  const bytes = Buffer.alloc(planeBytes);
  await file.read(bytes, start, signal);
  return { from: bytes, start: 0, ...pixels };
}

function imageOf({ cards }: HduPlace, { path, hdu }: PictureRequest) {
  const data = dataOf(keywordsOf(cards));
  if (data.kind === 'invalid') throw impossible(path, data.reason);
  if (data.kind === 'compressed_image') throw impossible(path, 'the image is compressed in the file');
  if (data.kind !== 'image') throw impossible(path, `there is no image in its HDU ${hdu}`);
  const { layout } = data;
  if (layout.shape.length < 2) throw impossible(path, 'the image has only one axis');
  if (layout.shape.includes(0)) throw impossible(path, 'the image has no pixels');
  return { ...layout, planes: planesOf(layout) };
}
