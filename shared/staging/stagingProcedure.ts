// Staging is the one procedure of all methods. It promises that published data is complete, verified and read-only,
// that existing data is not replaced, and that a failed attempt leaves nothing behind.

import { raceAbort, withResolvers } from '../async/abortSignals.ts';
import type { DigestAlgorithm } from '../model/digestAlgorithm.ts';
import type { Completion, Published } from '../model/operations/lifecycle.ts';
import { type Progress, stopOnAbort } from '../storage/progress.ts';
import type { Source } from '../storage/source.ts';
import { comparePresent, targetKeyOf, type VersionServices, versionOfPresent } from './staged/presentData.ts';
import type { StagingMethod, StagingRequest, Transferred } from './stagingMethod.ts';
import { algorithmsOf, areDigestsKept, checkDigestsApply, digestsOf, verify } from './verification.ts';

/** The services that the procedure needs. */
export interface ProcedureServices extends VersionServices {
  readonly targetLocks: ReturnType<typeof createTargetLocks>;
  readonly digests: readonly DigestAlgorithm[];
}

/** The context of one run of the procedure. */
export interface StagingRun {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Called just before publishing: rejects if this process no longer owns the operation. */
  confirmOwnership(): Promise<void>;
}

/** The result of a run, and the location of the data. */
export interface StagingResult {
  readonly completion: Completion;
  readonly location: string;
  /** The version of the file that the digests are of, if they are worth caching. */
  readonly digestedVersion?: string;
}

/**
 * The one procedure of all methods: open the source, check whether the target exists, transfer, verify, make read-only,
 * publish. The method supplies only its own steps. The executor's `runOperation` records the operation around it.
 * @throws StagingError; then nothing was published and no part file is left
 */
export async function stage(
  method: StagingMethod,
  request: StagingRequest,
  run: StagingRun,
  services: ProcedureServices,
): Promise<StagingResult> {
  const staged = await stageTogether(method, request, run, services);
  if (staged) return staged;
  await using source = await method.openSource(request.source, run.signal);
  checkDigestsApply(request, source);
  await using target = await method.openTarget(request, run.signal);
  await using _turn = await services.targetLocks.acquire(target.location, run.signal);
  // Awaited here, because the target is closed at the end of this scope.
  if (await target.isPresent(source)) {
    const digests = await comparePresent(request, target, services.operations, run.signal);
    const present = await versionOfPresent(request, source, target, services, run.signal);
    return { completion: { outcome: 'already_present', present, digests }, location: target.location };
  }

  const { progress, signal } = run;
  const digests = digestsOf(source, request, services.digests);
  return await stopOnAbort(progress, signal, async () => {
    const transferred = await target.transfer(source, { progress, signal, digests });
    await verify(request, source, transferred, { threads: services.threads, signal });
    await transferred.makeReadOnly();
    signal.throwIfAborted();
    await run.confirmOwnership();
    const published = await transferred.publish();
    const isLate = published.outcome === 'already_present' && !method.isPacedByClient;
    const origin = { ...transferred, ...originOf(source, transferred) };
    const completion = {
      ...completionOf(published, request, origin, progress),
      ...(isLate && { present: await versionOfPresent(request, source, target, services, signal) }),
    };
    return {
      completion,
      location: target.location,
      ...(areDigestsKept(source, transferred) && { digestedVersion: source.version }),
    };
  });
}

/**
 * The same for a small file together with those of other operations, where the method can. Ownership is confirmed
 * before, because all of it takes no longer than publishing one file.
 */
async function stageTogether(
  method: StagingMethod,
  request: StagingRequest,
  { progress, signal, confirmOwnership }: StagingRun,
  { targetLocks, digests }: ProcedureServices,
): Promise<StagingResult | undefined> {
  const together = progress.isPaced ? undefined : method.together?.(request);
  if (!together) return undefined;
  const { location } = together;
  await using _turn = await targetLocks.acquire(location, signal);
  await confirmOwnership();
  const wanted = [...new Set([...digests, ...algorithmsOf(request.expectedDigests)])];
  const staged = await together.stage({ digests: wanted, signal });
  if (!staged) return undefined;
  const { published, sourceEtag } = staged;
  progress.bytesTotal = staged.bytes;
  progress.filesTotal = 1;
  progress.addBytes(staged.bytes);
  progress.addFiles(1);
  const origin = { digests: staged.digests, sourceEtag, sourceLocation: null };
  return { completion: completionOf(published, request, origin, progress), location };
}

/** What the record keeps of a source. */
interface Origin {
  readonly sourceEtag: string | null;
  readonly sourceLocation: string | null;
}

/** The catalogue names the location of a file; those of a collection have many. */
function originOf(source: Source, { treeEtag }: Transferred): Origin {
  return source.kind === 'file'
    ? { sourceEtag: source.entityTag, sourceLocation: source.catalogued?.location ?? null }
    : { sourceEtag: treeEtag ?? null, sourceLocation: source.collection?.description ?? null };
}

function completionOf(
  { outcome, inode, identity, etag }: Published,
  request: StagingRequest,
  { digests, linkType, ...origin }: Pick<Transferred, 'digests' | 'linkType'> & Origin,
  progress: Progress,
): Completion {
  return {
    outcome,
    digests,
    sourceEtag: origin.sourceEtag,
    sourceLocation: origin.sourceLocation,
    linkType: outcome === 'staged' ? (linkType ?? null) : null,
    targetInode: inode ?? null,
    targetKey: outcome === 'staged' && identity !== undefined ? targetKeyOf(request, identity) : null,
    targetEtag: etag ?? null,
    ...progress.toRecord(),
  };
}

/**
 * Locks of targets: of several operations in this process for one target, one runs and the others wait. They only save
 * work: ten requests for one file copy it once. Two processes cannot disturb each other because publishing never
 * replaces anything.
 */
export function createTargetLocks() {
  const lastTurns = new Map<string, Promise<void>>();
  return {
    /** Waits for the lock of a target; disposing of it releases the lock. Rejects if aborted while waiting. */
    async acquire(target: string, signal: AbortSignal): Promise<AsyncDisposable> {
      const before = lastTurns.get(target);
      const { promise: ended, resolve: end } = withResolvers();
      const turn = Promise.all([before, ended]).then(() => undefined);
      lastTurns.set(target, turn);
      void turn.then(() => {
        if (lastTurns.get(target) === turn) lastTurns.delete(target);
      });
      try {
        signal.throwIfAborted();
        await raceAbort(Promise.resolve(before), signal);
      } catch (error) {
        end();
        throw error;
      }
      return { [Symbol.asyncDispose]: async () => end() };
    },
  };
}
