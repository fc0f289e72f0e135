import { statfs } from 'node:fs/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import { StagingError } from '../../errors/stagingError.ts';
import type { KnownReservations, OperationRecord } from '../../record/operationRecord.ts';
import { type OpenDirectory, pathIn } from '../mounted/openAt.ts';
import type { Progress } from '../progress.ts';
import { createFileSystemIds } from './fileSystemId.ts';

/** The operation that space is promised to. */
export interface SpaceUser {
  /** Null for an item of a dataset, whose promise only this process knows: what runs is the dataset. */
  readonly operationId: string | null;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Where promises are recorded, for every process that shares the record. */
type ReservationRecord = Pick<OperationRecord, 'readReservations' | 'recordReservation'>;

/** Free space that running operations have been promised, so that two of them are not promised the same bytes. */
export interface SpaceReservations {
  /**
   * Promises bytes on the file system that holds a directory of the user areas; disposing of the reservation gives
   * them back. What the operation has written already counts as used by the file system, no more as promised.
   * @throws NO_SPACE when what is free, less what is promised by any process, is not enough
   * @throws INTERRUPTED when the operation is no longer this process's
   */
  reserve(directory: OpenDirectory, bytes: number, user: SpaceUser): Promise<Disposable>;
  /** All that is promised by this process now, on whatever file systems. */
  reservedBytes(): number;
}

interface Reservation {
  readonly bytes: number;
  readonly progress: Progress;
}

/** One file system, as this process knows it. */
interface Space {
  readonly name: string;
  /** Promises of this process are made one after the other; only those of others can come between. */
  readonly lock: LimitFunction;
  readonly own: Set<Reservation>;
  /** What was read last. As long as nobody else makes a promise, it is not too little. */
  seen?: KnownReservations;
}

/** Reservations in the user areas at this path, which hold among all processes that share the record. */
export function createSpaceReservations(
  targetStoragePath: string,
  record: ReservationRecord,
): SpaceReservations {
  const nameOf = createFileSystemIds(targetStoragePath);
  const spaces = new Map<string, Space>();
  const spaceOf = async (directory: OpenDirectory) => {
    const name = await nameOf(directory);
    const space = spaces.get(name) ?? { name, lock: pLimit(1), own: new Set() };
    spaces.set(name, space);
    return space;
  };
  return {
    async reserve(directory, bytes, user) {
      if (bytes === 0) return { [Symbol.dispose]: () => undefined };
      const space = await spaceOf(directory);
      const reservation = { bytes, progress: user.progress };
      await space.lock(async () => {
        await reserve(record, space, directory, bytes, user);
        space.own.add(reservation);
      });
      return { [Symbol.dispose]: () => void space.own.delete(reservation) };
    },
    reservedBytes: () => reserved([...spaces.values()].flatMap(({ own }) => [...own])),
  };
}

/**
 * Promises bytes if they are there. The promise gets the number after the last one that was seen, and no number is
 * given twice: when another process has made a promise meanwhile, this one fails and is thought over again. As each
 * failure is another's success, that comes to an end.
 */
async function reserve(
  record: ReservationRecord,
  space: Space,
  directory: OpenDirectory,
  bytes: number,
  { operationId, progress, signal }: SpaceUser,
): Promise<void> {
  for (let seen = space.seen; ; seen = undefined) {
    signal.throwIfAborted();
    const isFresh = seen === undefined;
    const { lastNumber, othersBytes } = seen ?? (await record.readReservations(space.name));
    // What is promised is known before what is free: bytes that are written in between count twice, and not never.
    const reservedBytes = othersBytes + reserved(space.own);
    const left = (await freeBytes(directory)) - reservedBytes;
    if (bytes > left && isFresh) throw noSpace(bytes, left);
    if (bytes > left) continue;
    if (operationId === null) return;
    const number = lastNumber + 1;
    const { bytesDone } = progress;
    if (await record.recordReservation(operationId, { space: space.name, number, bytes, bytesDone })) {
      space.seen = { lastNumber: number, othersBytes };
      return;
    }
  }
}

async function freeBytes(directory: OpenDirectory): Promise<number> {
  const { bavail, bsize } = await statfs(pathIn(directory));
  return bavail * bsize;
}

function reserved(reservations: Iterable<Reservation>): number {
  let bytes = 0;
  for (const reservation of reservations)
    bytes += Math.max(0, reservation.bytes - reservation.progress.bytesDone);
  return bytes;
}

function noSpace(bytes: number, left: number): StagingError {
  const reason = `${bytes} bytes are needed and ${Math.max(0, left)} are free`;
  return new StagingError('NO_SPACE', { reason });
}
