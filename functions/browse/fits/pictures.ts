import type { Piscina } from 'piscina';
import type * as z from 'zod';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import type { pictureQuerySchema } from '../../../shared/http/contract/files.ts';
import { builtFile } from '../../../shared/process/builtFile.ts';
import { sourceErrorFromCode } from '../../../shared/storage/storageErrors.ts';
import type { PreviewedFile } from '../openForPreview.ts';
import { impossible } from './findHdu.ts';
import { createPictureCache } from './pictureCache.ts';
import type { Drawn, PictureTask } from './pictureThread.ts';
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
  close(): Promise<void>;
}

/** How long a picture may take, in ms: nobody waits for longer, and a hostile file must not hold a thread. */
const drawingMs = 10_000;
/** Copies have threads of their own, as a picture should not wait for one of an hour. */
const poolSize = { minThreads: 0, maxThreads: 2, maxQueue: 32, idleTimeout: 10_000 };

/** Creates it. Threads start when there is a picture to draw; finished ones are kept by version, up to a size. */
export function createPictures(): Pictures {
  const cache = createPictureCache();
  let pool: Promise<Piscina> | undefined;
  return {
    async draw(file, request, signal) {
      const { path, hdu, plane: number, ...how } = request;
      const key = JSON.stringify([file.version, hdu, number, how]);
      const known = cache.get(key);
      if (known) return known;
      const plane = await planeOfPixels(file, request, signal);
      pool ??= createPool();
      const drawn = await runTask(await pool, { plane, ...how }, path, signal);
      if ('code' in drawn) throw sourceErrorFromCode(drawn.code, path);
      if (!drawn.limits) throw impossible(path, 'none of its pixels has a value');
      cache.set(key, drawn);
      return drawn;
    },
    close: async () => (await pool)?.destroy(),
  };
}

async function createPool(): Promise<Piscina> {
  // Loaded on demand, as by the storage threads.
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename: builtFile('pictureThread').href,
    // The file belongs to the main thread.
    trackUnmanagedFds: false,
    ...poolSize,
  });
}

/** Runs one task. A thread that takes too long, or whose client has gone, is ended. */
async function runTask(pool: Piscina, task: PictureTask, path: string, signal: AbortSignal): Promise<Drawn> {
  if (pool.queueSize >= poolSize.maxQueue) throw new StagingError('PREVIEWS_BUSY');
  const timeout = AbortSignal.timeout(drawingMs);
  const either = AbortSignal.any([timeout, signal]);
  try {
    const drawn: Drawn = await pool.run(task, { signal: either });
    return drawn;
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw impossible(path, `drawing it took more than ${drawingMs / 1000} seconds`);
    throw error;
  }
}
