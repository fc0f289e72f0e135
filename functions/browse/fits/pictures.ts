import type * as z from 'zod';
import type { pictureQuerySchema } from '../../../shared/http/contract/previews.ts';
import { sourceErrorFromCode } from '../../../shared/storage/storageErrors.ts';
import type { PreviewedFile } from '../openForPreview.ts';
import type { Drawn, PictureTask } from '../threads/drawPicture.ts';
import type { PreviewThreads } from '../threads/previewThreads.ts';
import { impossible } from './findHdu.ts';
import { createPictureCache } from './pictureCache.ts';
import { planeOfPixels } from './planeOfPixels.ts';
import type { Limits } from './stretch.ts';

export type PictureRequest = z.output<typeof pictureQuerySchema>;

/** A picture as a PNG. */
export interface Picture {
  readonly png: Uint8Array;
  /** The values that are drawn black and white. */
  readonly limits: Limits;
}

/** Draws pictures of FITS images. */
export interface Pictures {
  /** @throws PREVIEW_IMPOSSIBLE, PREVIEWS_BUSY, SOURCE_… */
  draw(file: PreviewedFile, request: PictureRequest, signal: AbortSignal): Promise<Picture>;
}

/** How long a picture may take, in ms: users do not wait longer, and a hostile file must not occupy a thread. */
const drawingMs = 10_000;

/** Creates it. Finished pictures are cached by version, up to a total size. */
export function createPictures(threads: PreviewThreads): Pictures {
  const cache = createPictureCache();
  return {
    async draw(file, request, signal) {
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
    },
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
