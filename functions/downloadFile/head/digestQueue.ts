import { raceAbort } from '../../../shared/async/abortSignals.ts';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import { createTurns, type WaitingUser } from '../../../shared/executor/queue/turns.ts';
import type { DigestAlgorithm } from '../../../shared/model/digestAlgorithm.ts';
import type { Digests } from '../../../shared/model/operation.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { smallFileBytes } from '../../../shared/storage/copy/partFile.ts';
import { createDigests } from '../../../shared/storage/digest/digests.ts';
import type { FileSource } from '../../../shared/storage/source.ts';
import type { StorageThreads } from '../../../shared/storage/threads/threadPool.ts';

/** Digests of sources for clients that have not downloaded them. */
export interface DigestQueue {
  /** The known digests of a version of a large file. */
  findKnown(source: FileSource): Promise<Digests>;
  /**
   * The digests of a version of a file: known ones, and the requested ones. For large files these are computed once for
   * all waiting clients, fairly between users, and cancelled when none waits any more.
   * @throws the signal's reason; errors of the source's storage
   */
  digestsOf(source: FileSource, needed: readonly DigestAlgorithm[], user: WaitingUser): Promise<Digests>;
}

/** A file that is being digested. */
interface Computation {
  readonly digests: Promise<Digests>;
  readonly abandonment: AbortController;
  /** How many clients wait for it. */
  clients: number;
}

/** Digests of sources, computed in these threads. `recorded` are those that the record has of each download. */
export function createDigestQueue(
  operations: OperationRecord,
  threads: StorageThreads,
  recorded: readonly DigestAlgorithm[],
): DigestQueue {
  const turns = createTurns(threads.parallelism);
  const computations = new Map<string, Computation>();

  const compute = async (source: FileSource, algorithms: readonly DigestAlgorithm[], user: WaitingUser) => {
    // The first client may disconnect, and its descriptor be closed, while others still wait.
    await using own = await source.reopen();
    const { signal } = user;
    const digests = await turns.take(user, (progress) =>
      own.digest(algorithms, { threads, signal, progress }),
    );
    // All reads of an object name its version.
    const isUnchanged = own.object !== undefined || (await own.compare(signal)) === 'same';
    if (isUnchanged) await operations.addDigests(source.version, digests);
    return digests;
  };
  const begin = (key: string, ...[source, algorithms, { username }]: Parameters<typeof compute>) => {
    const abandonment = new AbortController();
    const digests = compute(source, algorithms, { username, signal: abandonment.signal });
    const computation = { digests, abandonment, clients: 0 };
    computations.set(key, computation);
    const forget = () => void (computations.get(key) === computation && computations.delete(key));
    digests.then(forget, forget);
    return computation;
  };
  const findKnown = async (source: FileSource): Promise<Digests> =>
    isSmall(source) ? {} : operations.findDigests(source.version);
  return {
    findKnown,
    async digestsOf(source, needed, user) {
      if (isSmall(source)) return digestSmall(source, [...recorded, ...needed], user.signal);
      const known = await findKnown(source);
      const missing = needed.filter((algorithm) => known[algorithm] === undefined);
      if (missing.length === 0) return known;
      const key = [source.version, ...missing.toSorted()].join(' ');
      const computation = computations.get(key) ?? begin(key, source, missing, user);
      computation.clients += 1;
      try {
        return { ...known, ...(await raceAbort(computation.digests, user.signal)) };
      } finally {
        computation.clients -= 1;
        if (computation.clients === 0) {
          computations.delete(key);
          computation.abandonment.abort(new StagingError('CLIENT_CLOSED'));
        }
      }
    },
  };
}

function isSmall({ object, sizeBytes }: FileSource): boolean {
  return object === undefined && sizeBytes <= smallFileBytes;
}

/** A small file, whose bytes are read once, for its digests and for its client; others unchanged. */
export function readOnce(source: FileSource): FileSource {
  if (!isSmall(source)) return source;
  let reading: Promise<Buffer> | undefined;
  const readAll = async (signal: AbortSignal) => {
    const content = Buffer.allocUnsafe(source.sizeBytes);
    await source.read(content, 0, signal);
    return content;
  };
  return {
    ...source,
    async read(buffer, position, signal) {
      reading ??= readAll(signal);
      (await reading).copy(buffer, 0, position);
    },
    async *stream({ start, end }, signal) {
      reading ??= readAll(signal);
      yield (await reading).subarray(start, end + 1);
    },
  };
}

/** Reading a small file costs less than looking up or recording its digests. SHA-256 is always among them. */
async function digestSmall(
  source: FileSource,
  needed: readonly DigestAlgorithm[],
  signal: AbortSignal,
): Promise<Digests> {
  const digests = await createDigests([...new Set(['sha256', ...needed] as const)]);
  const content = Buffer.alloc(source.sizeBytes);
  await source.read(content, 0, signal);
  digests.update(content);
  return digests.digest();
}
