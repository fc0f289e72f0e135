import { withDeadline } from '../../async/coalesce.ts';
import { countMany, together } from '../../async/together.ts';
import { StagingError } from '../../errors/stagingError.ts';
import { displayName, fileName, joinNames } from '../../model/fileName.ts';
import type { StoragePath } from '../../model/paths.ts';
import { createDigests } from '../digest/digests.ts';
import type { ByteRange, FileSource } from '../source.ts';
import { measureFile } from '../threads/fingerprint.ts';
import type { SmallRead } from '../threads/smallSource.ts';
import { createStorageThreads, type StorageThreads } from '../threads/threadPool.ts';
import { openMounted, versionsOf } from './mountedSource.ts';
import type { SourceStorage } from './sourceStorage.ts';

/**
 * Small files, and small ranges of files, that are wanted at about the same time: read together in a thread. One call of
 * the file system from the main thread costs it as much as a request's headers do, and reading a file takes seven.
 */
export interface SmallReads {
  /**
   * Reads a file, or a range of it. Undefined if few are wanted at the moment, or if it is large or unusual: then
   * `openMounted` opens it, or reports the error.
   */
  open(path: StoragePath, range: ByteRange | undefined): Promise<FileSource | undefined>;
  close(): Promise<void>;
}

/** The size up to which bytes are read. */
const maxBytes = 256 * 1024;

/** How many files a task has, and how many tasks there are: of more, each would have fewer. */
const limits = { maxItems: 16, maxTasks: 1 };

/** A task that takes longer has a file whose storage is slow: others do not wait for it, and for a while none is read so. */
const slow = { afterMs: 1000, pauseMs: 10_000 };

/** The thread may have ended when it had no task for longer, in ms. */
const staysMs = 9000;

interface WantedRead {
  readonly source: string;
  readonly range: ByteRange | undefined;
}

/** Creates them, with a thread of their own. */
export function createSmallReads(
  storage: SourceStorage,
  threads: Pick<StorageThreads, 'run' | 'close'> = createStorageThreads({ parallelism: limits.maxTasks }),
): SmallReads {
  const areMany = countMany();
  let pausedUntil = 0;
  /** When the thread ended its last task. */
  let usedAt = Number.NEGATIVE_INFINITY;
  const run = async (reads: readonly WantedRead[]) => {
    const found = await threads.run('readSmallFiles', { sources: storage.path, maxBytes, reads });
    usedAt = performance.now();
    return found;
  };
  let isStarting = false;
  const start = async () => {
    isStarting = true;
    await run([]).catch(() => undefined);
    isStarting = false;
  };
  /** Nobody waits for a thread to start: on a busy machine that takes longer than their reads. */
  const isStarted = () => {
    if (performance.now() - usedAt < staysMs) return true;
    if (!isStarting) void start();
    return false;
  };
  const read = together(async (reads: readonly WantedRead[]) => {
    const reading = run(reads).catch(() => undefined);
    const found = await withDeadline(reading, slow.afterMs);
    if (!found) pausedUntil = performance.now() + slow.pauseMs;
    return found ?? [];
  }, limits);
  return {
    close: threads.close,
    async open(path, range) {
      if (!areMany() || performance.now() < pausedUntil || !isStarted()) return undefined;
      const found = await read({ source: joinNames(path.names), range });
      return found ? heldSource(path, storage, found, range?.start ?? 0) : undefined;
    },
  };
}

/** A file of which a part is in memory. It is opened for anything else, if it still has the same version. */
function heldSource(
  path: StoragePath,
  storage: SourceStorage,
  read: SmallRead,
  firstByte: number,
): FileSource {
  const shown = displayName(path.names.join('/'));
  const versions = versionsOf(read);
  const isHeld = ({ start, end }: ByteRange) => start >= firstByte && end < firstByte + read.bytes.length;
  const held = ({ start, end }: ByteRange) => read.bytes.subarray(start - firstByte, end + 1 - firstByte);
  let opening: Promise<FileSource> | undefined;
  const openSame = async () => {
    const source = await openMounted(path, storage);
    if (source.kind === 'file' && source.version === versions.version) return source;
    await source[Symbol.asyncDispose]();
    throw new StagingError('SOURCE_CHANGED', { path: shown });
  };
  const opened = () => {
    opening ??= openSame();
    return opening;
  };
  return {
    kind: 'file',
    name: path.names.at(-1) ?? fileName('storage'),
    path: shown,
    ...versions,
    sizeBytes: Number(read.size),
    modifiedAtNs: read.mtimeNs,
    mode: Number(read.mode) & 0o777,
    async read(buffer, position, signal) {
      const range = { start: position, end: position + buffer.length - 1 };
      if (isHeld(range)) buffer.set(held(range));
      else await (await opened()).read(buffer, position, signal);
    },
    async *stream(range, signal, memory) {
      if (isHeld(range)) yield held(range);
      else yield* (await opened()).stream(range, signal, memory);
    },
    // What is held was read between two looks at its state.
    checkUnchanged: async (sha256, signal) => (await opening)?.checkUnchanged(sha256, signal),
    measure: async () => ({ ...measureFile(read), entityTag: versions.entityTag }),
    reopen: async () => (await opened()).reopen(),
    compare: async (signal) => (await opened()).compare(signal),
    digest: async (algorithms, means) => {
      const all = { start: 0, end: Number(read.size) - 1 };
      if (!isHeld(all)) return (await opened()).digest(algorithms, means);
      const digests = await createDigests(algorithms);
      digests.update(held(all));
      return digests.digest();
    },
    makePart: async (directory, part) => (await opened()).makePart(directory, part),
    copyTo: async (part, copy) => (await opened()).copyTo(part, copy),
    [Symbol.asyncDispose]: async () => (await opening?.catch(() => undefined))?.[Symbol.asyncDispose](),
  };
}
