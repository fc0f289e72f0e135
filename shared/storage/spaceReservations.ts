import { stat, statfs } from 'node:fs/promises';
import { StagingError } from '../errors/stagingError.ts';
import type { Progress } from './progress.ts';

interface Reservation {
  readonly bytes: number;
  readonly progress: Progress;
}

/** Free space that running operations have been promised, so that two of them are not promised the same bytes. */
export interface SpaceReservations {
  /**
   * Promises bytes on the file system that holds `path`; disposing of the reservation gives them back.
   * What the operation has written already counts as used by the file system, no more as promised.
   * @throws NO_SPACE when what is free, less what is promised, is not enough
   */
  reserve(path: Buffer, bytes: number, progress: Progress): Promise<Disposable>;
  /** All that is promised now, on whatever file systems. */
  reservedBytes(): number;
}

/** Reservations of this process. */
export function createSpaceReservations(): SpaceReservations {
  const byDevice = new Map<number, Set<Reservation>>();
  return {
    async reserve(path, bytes, progress) {
      const { dev } = await stat(path);
      const { bavail, bsize } = await statfs(path);
      // No await from here on: two reservations cannot both see the space as it was before either.
      const reservations = byDevice.get(dev) ?? new Set();
      const free = bavail * bsize - promised(reservations);
      if (bytes > free) {
        const reason = `${bytes} bytes are needed and ${Math.max(0, free)} are free`;
        throw new StagingError('NO_SPACE', { reason });
      }
      const reservation = { bytes, progress };
      byDevice.set(dev, reservations.add(reservation));
      return {
        [Symbol.dispose]() {
          reservations.delete(reservation);
        },
      };
    },
    reservedBytes: () => promised([...byDevice.values()].flatMap((reservations) => [...reservations])),
  };
}

function promised(reservations: Iterable<Reservation>): number {
  let bytes = 0;
  for (const reservation of reservations)
    bytes += Math.max(0, reservation.bytes - reservation.progress.bytesDone);
  return bytes;
}
