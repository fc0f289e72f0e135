import type * as z from 'zod';
import type { pictureQuerySchema } from '../../../shared/http/contract/previews.ts';
import { sourceErrorFromCode } from '../../../shared/storage/io/storageErrors.ts';
import type { PreviewedFile } from '../openForPreview.ts';
import type { Drawn, PictureTask } from '../threads/drawPicture.ts';
import type { PreviewThreads } from '../threads/previewThreads.ts';
import { keywordsOf } from './cards.ts';
import { dataOf, planesOf } from './describeHdu.ts';
import { findHdu, type HduPlace, impossible } from './readHeaders.ts';
import type { PlaneOfPixels } from './samplePlane.ts';

type PictureRequest = z.output<typeof pictureQuerySchema>;

/** A picture as a PNG. */
type Picture = Extract<Drawn, { readonly png: Uint8Array }>;

/** How long a picture may take, in ms: users do not wait longer, and a hostile file must not occupy a thread. */
const drawingMs = 10_000;

/**
 * Creates a function that draws pictures of FITS images. Finished ones are cached by version, up to a total size.
 * @throws PREVIEW_IMPOSSIBLE, PREVIEWS_BUSY, SOURCE_… (the function)
 */
export function createPictureDrawer(threads: PreviewThreads) {
  const cache = createPictureCache();
  return async (file: PreviewedFile, request: PictureRequest, signal: AbortSignal): Promise<Picture> => {
    const { path, hdu, plane: number, ...how } = request;
    const key = JSON.stringify([file.version, hdu, number, how]);
    const known = cache.get(key);
    if (known) return known;
    const plane = await planeOfPixels(file, request, signal);
    const drawn = await runTask(threads, { plane, ...how }, path, signal);
    if ('code' in drawn) throw sourceErrorFromCode(drawn.code, path);
    if (!drawn.limits) throw impossible(path, 'none of its pixels has a value');
    cache.set(key, drawn);
    return drawn;
  };
}

/** Runs the task, with a timeout. @throws PREVIEW_IMPOSSIBLE */
async function runTask(
  threads: PreviewThreads,
  task: PictureTask,
  path: string,
  signal: AbortSignal,
): Promise<Drawn> {
  const timeout = AbortSignal.timeout(drawingMs);
  try {
    return await threads.run('drawPicture', task, AbortSignal.any([timeout, signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw impossible(path, `drawing it took more than ${drawingMs / 1000} seconds`);
    throw error;
  }
}

/** Planes of objects are read whole, by one request: larger ones would be too much to fetch for a preview. */
const maxObjectBytes = 32 * 1024 * 1024;

/**
 * Finds the pixels of a plane in a FITS file; those of an object are read.
 * @throws PREVIEW_IMPOSSIBLE with the reason
 */
async function planeOfPixels(
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

/** How much memory pictures may take, in bytes. */
const maxBytes = 32 * 1024 * 1024;

/** The most recently requested pictures, by their identity. */
function createPictureCache() {
  const pictures = new Map<string, Picture>();
  let bytes = 0;
  const remove = (key: string) => {
    bytes -= pictures.get(key)?.png.length ?? 0;
    pictures.delete(key);
  };
  const set = (key: string, picture: Picture) => {
    remove(key);
    pictures.set(key, picture);
    bytes += picture.png.length;
    for (const oldest of pictures.keys()) {
      if (bytes <= maxBytes) return;
      remove(oldest);
    }
  };
  return {
    set,
    /** Makes it the newest one. */
    get(key: string): Picture | undefined {
      const picture = pictures.get(key);
      if (picture) set(key, picture);
      return picture;
    },
  };
}
