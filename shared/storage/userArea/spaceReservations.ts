import { statfs } from 'node:fs/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import { StagingError } from '../../errors/stagingError.ts';
import type { KnownReservations, OperationRecord } from '../../record/operationRecord.ts';
import { type OpenDirectory, pathIn } from '../mounted/openAt.ts';
import { Progress } from '../progress.ts';
import { createFileSystemIds } from './fileSystemId.ts';

/** The operation that space is reserved for. */
export interface SpaceUser {
  /**
   * Null for an item of a dataset, whose reservation is known only to this process: the running operation is the
   * dataset.
   */
  readonly operationId: string | null;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Up to this size a reservation is known only to this process while far more space is free, and those of others are
 * read once a second: recording it would cost more than the copy.
 */
const smallBytes = 1024 ** 2;
const plentyBytes = 1024 ** 3;
const othersReadMs = 1000;

/** Where reservations are recorded, for every process that shares the record. */
type ReservationRecord = Pick<OperationRecord, 'readReservations' | 'recordReservation'>;

/** Free space reserved by running operations, so that no byte is reserved twice. */
export interface SpaceReservations {
  /**
   * Reserves bytes on the file system of a directory of the user areas; disposing of the reservation releases them.
   * Bytes that the operation has already written count as used space, and no longer as reserved.
   * @throws NO_SPACE if the free space, less the reservations of all processes, is not enough
   * @throws INTERRUPTED if this process no longer owns the operation
   */
  reserve(directory: OpenDirectory, bytes: number, user: SpaceUser): Promise<Disposable>;
  /**
   * Reserves bytes for several small files together, known only to this process; undefined unless far more is free.
   */
  reserveForSmall(directory: OpenDirectory, bytes: number): Promise<Disposable | undefined>;
  /** Everything that this process has reserved now, on all file systems. */
  reservedBytes(): number;
}

interface Reservation {
  readonly bytes: number;
  readonly progress: Progress;
}

/** One file system, as known to this process. */
interface Space {
  readonly name: string;
  /** Reservations of this process are made one after the other; only those of other processes can interfere. */
  readonly lock: LimitFunction;
  readonly own: Set<Reservation>;
  /** The last reading. As long as no other process makes a reservation, it is not too low. */
  seen?: KnownReservations;
  /** When it was read, by the monotonic clock, in ms. */
  readAt?: number;
}

/** Reservations in the user areas at this path, valid for all processes that share the record. */
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
    async reserveForSmall(directory, bytes) {
      const space = await spaceOf(directory);
      const reservation = { bytes, progress: new Progress() };
      return space.lock(async () => {
        const seen = isStale(space) ? undefined : space.seen;
        const { othersBytes } = seen ?? (await readReservations(record, space));
        const left = (await freeBytes(directory)) - othersBytes - reserved(space.own);
        if (left - bytes < plentyBytes) return undefined;
        space.own.add(reservation);
        return { [Symbol.dispose]: () => void space.own.delete(reservation) };
      });
    },
    reservedBytes: () => reserved([...spaces.values()].flatMap(({ own }) => [...own])),
  };
}

/**
 * Reserves bytes if they are free. The reservation gets the number after the last one read, and each number is given
 * once: if another process has made a reservation in between, this one fails and is computed again. Each failure is
 * another's success, so this terminates.
 */
async function reserve(
  record: ReservationRecord,
  space: Space,
  directory: OpenDirectory,
  bytes: number,
  { operationId, progress, signal }: SpaceUser,
): Promise<void> {
  const isSmall = bytes <= smallBytes;
  for (let seen = isSmall && isStale(space) ? undefined : space.seen; ; seen = undefined) {
    signal.throwIfAborted();
    const isFresh = seen === undefined;
    const { lastNumber, othersBytes } = seen ?? (await readReservations(record, space));
    // Reservations are read before the free space: bytes written in between are counted twice rather than not at all.
    const reservedBytes = othersBytes + reserved(space.own);
    const left = (await freeBytes(directory)) - reservedBytes;
    if (bytes > left && isFresh) throw noSpace(bytes, left);
    if (bytes > left) continue;
    if (operationId === null || (isSmall && left > plentyBytes)) return;
    const number = lastNumber + 1;
    const { bytesDone } = progress;
    if (await record.recordReservation(operationId, { space: space.name, number, bytes, bytesDone })) {
      space.seen = { lastNumber: number, othersBytes };
      return;
    }
  }
}

function isStale({ readAt = Number.NEGATIVE_INFINITY }: Space): boolean {
  return performance.now() - readAt > othersReadMs;
}

async function readReservations(record: ReservationRecord, space: Space): Promise<KnownReservations> {
  space.seen = await record.readReservations(space.name);
  space.readAt = performance.now();
  return space.seen;
}

async function freeBytes(directory: OpenDirectory): Promise<number> {
  const { bavail, bsize } = await statfs(pathIn(directory));
  return bavail * bsize;
}

function reserved(reservations: Iterable<Reservation>): number {
  let bytes = 0;
  for (const { bytes: promised, progress } of reservations)
    bytes += Math.max(0, promised - (progress.bytesDone - progress.bytesInHoles));
  return bytes;
}

function noSpace(bytes: number, left: number): StagingError {
  const reason = `${bytes} bytes are needed and ${Math.max(0, left)} are free`;
  return new StagingError('NO_SPACE', { reason });
}
