import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createJupyterCopy } from '../../../functions/stageJupyter/jupyterCopy.ts';
import { HubToken, ServerToken } from '../../../shared/config/secret.ts';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import type { Digests, Outcome } from '../../../shared/model/operation.ts';
import { parseSourcePath, parseTargetPath, usernameSchema } from '../../../shared/model/paths.ts';
import type { StagingTarget } from '../../../shared/staging/stagingMethod.ts';
import { openMounted } from '../../../shared/storage/mounted/mountedSource.ts';
import { createSourceStorage } from '../../../shared/storage/mounted/sourceStorage.ts';
import { createObjectStorage } from '../../../shared/storage/objects/objectStorage.ts';
import { Progress } from '../../../shared/storage/progress.ts';
import type { Source } from '../../../shared/storage/source.ts';
import { createStorageThreads } from '../../../shared/storage/threads/threadPool.ts';

/** One request to stage with `jupyter_copy`, as a test makes it. */
export interface Wish {
  readonly url: string;
  readonly token?: string | undefined;
  readonly userToken?: string;
  readonly username: string;
  readonly sourceStorage: string;
  readonly source: string;
  readonly target: string;
  readonly startTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Its result. */
export interface Staged {
  readonly outcome: Outcome;
  readonly location: string;
  readonly digests: Digests;
  readonly progress: Progress;
}

/** Performs the steps of a method in the order of the staging procedure. */
export async function stageWithJupyter(wish: Wish, progress = new Progress()): Promise<Staged> {
  const threads = createStorageThreads();
  const sourceStorage = createSourceStorage(wish.sourceStorage);
  const signal = wish.signal ?? new AbortController().signal;
  const operationId = randomUUID();
  const request = {
    operationId,
    partId: operationId,
    username: usernameSchema.parse(wish.username),
    source: parseSourcePath(wish.source, wish.sourceStorage),
    target: parseTargetPath(wish.target),
    expectedDigests: {},
    isAwaited: true,
    jupyterToken: wish.userToken === undefined ? undefined : new ServerToken(wish.userToken),
  };
  const method = createJupyterCopy({
    config: {
      jupyterHub: {
        url: wish.url,
        isNamed: true,
        token: wish.token === undefined ? undefined : new HubToken(wish.token),
        startTimeoutMs: wish.startTimeoutMs ?? 60_000,
      },
    },
    sourceStorage,
    objectStorage: createObjectStorage({
      config: { s3: { endpoint: undefined, region: undefined, sourceBuckets: [], isProxied: false } },
      objectThreads: threads,
    }),
    threads,
    logger: {
      warn: (fields: object) => {
        throw new Error(`A warning was logged: ${inspect(fields)}`);
      },
    },
  });
  try {
    await using source = await openMounted(request.source, sourceStorage);
    await using target = await method.openTarget(request, signal);
    return await transfer(source, target, progress, signal);
  } finally {
    await threads.close();
  }
}

async function transfer(
  source: Source,
  target: StagingTarget,
  progress: Progress,
  signal: AbortSignal,
): Promise<Staged> {
  const { location } = target;
  if (await target.isPresent(source)) {
    const digests =
      source.kind === 'file' ? await target.computeDigests(['sha256', 'adler32', 'md5'], signal) : {};
    return { outcome: 'already_present', location, digests, progress };
  }
  const digests = source.kind === 'file' ? (['sha256', 'adler32'] as const) : [];
  const context = { digests, progress, signal };
  const transferred = await target.transfer(source, context);
  await transferred.makeReadOnly();
  return { ...(await transferred.publish()), location, digests: transferred.digests, progress };
}

/** The error of staging; it must be one of ours and contain no token anywhere. */
export async function failureOf(wish: Wish, progress?: Progress): Promise<StagingError> {
  const error: unknown = await stageWithJupyter(wish, progress).then(
    ({ outcome }) => new Error(`It was ${outcome}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StagingError)) throw error;
  const everything = inspect(error, { depth: 20, showHidden: true });
  for (const token of [wish.token, wish.userToken]) {
    if (token && everything.includes(token)) throw new Error('The error holds a token');
  }
  return error;
}

/** A fresh source storage. */
export function makeSourceStorage(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'jupyter-source-'));
}
