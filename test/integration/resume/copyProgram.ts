import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { createLocalCopy } from '../../../functions/stageLocal/localCopy.ts';
import { parseConfig } from '../../../shared/config/config.ts';
import { StagingError, toStagingError } from '../../../shared/errors/stagingError.ts';
import { usernameSchema } from '../../../shared/model/paths.ts';
import { workerId } from '../../../shared/process/workerId.ts';
import { parseRequest } from '../../../shared/staging/parseRequest.ts';
import { createTargetLocks, stage } from '../../../shared/staging/stagingProcedure.ts';
import { createSharedReads } from '../../../shared/storage/copy/sharedReads.ts';
import { createSourceStorage } from '../../../shared/storage/mounted/sourceStorage.ts';
import { createObjectStorage } from '../../../shared/storage/objects/objectStorage.ts';
import { Progress } from '../../../shared/storage/progress.ts';
import { createStorageThreads } from '../../../shared/storage/threads/threadPool.ts';
import { createSpaceReservations } from '../../../shared/storage/userArea/spaceReservations.ts';
import { createWorkspaces } from '../../../shared/storage/userArea/workspaces.ts';
import { checkpointBytes } from './checkpointBytes.ts';

// One attempt of an operation, as an executor makes it, in a separate process that a test may kill or stop: at SIGTERM
// it leaves its part for the next one. It prints its result and the number of bytes that the process has written to
// files, in one line of JSON. It no longer owns the operation when there is a file `closed` in the data directory.
const parametersSchema = z.object({ operationId: z.string(), attempt: z.number(), source: z.string() });
const { operationId, attempt, source } = parametersSchema.parse(JSON.parse(process.argv[2] ?? ''));

const config = parseConfig(process.env);
const threads = createStorageThreads();
/** There are no other reservations. */
const alone = {
  readReservations: async () => ({ lastNumber: 0, othersBytes: 0 }),
  recordReservation: async () => true,
};
const method = createLocalCopy({
  sourceStorage: createSourceStorage(config.sourceStoragePath),
  objectStorage: createObjectStorage({ config, objectThreads: threads }),
  userAreas: {
    targetStoragePath: config.targetStoragePath,
    threads,
    space: createSpaceReservations(config.targetStoragePath, alone),
    workspaces: createWorkspaces(config.targetStoragePath, threads),
    areCreated: true,
    worker: process.env['WORKER'] ?? workerId(),
  },
  sharedReads: createSharedReads(),
  resumeSizes: { leastBytes: checkpointBytes, checkpointBytes, syncMs: 0 },
});
const parts = {
  operationId,
  method: 'local_copy' as const,
  username: usernameSchema.parse('rosa'),
  sourcePath: source,
  targetPath: 'copy',
  expectedDigests: {},
  isAwaited: true,
};
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort(new StagingError('INTERRUPTED')));
const progress = new Progress();
const run = {
  progress,
  signal: stopping.signal,
  confirmOwnership: async () => {
    if (existsSync(join(config.dataDirectory, 'closed'))) throw new Error('closed');
  },
};
const services = {
  threads,
  sourceStorage: createSourceStorage(config.sourceStoragePath),
  targetLocks: createTargetLocks(),
  digests: config.digests,
  operations: { findPublished: async () => null },
};
const keepsPart = () => stopping.signal.aborted && progress.isResumable;
const request = { ...parseRequest(parts, config), attempt, keepsPart };
const ended = await stage(method, request, run, services).then(
  ({ completion }) => ({ ...completion, error: null }),
  (error: unknown) => ({ error: toStagingError(error).code }),
);
const [, written] = /wchar: (\d+)/.exec(await readFile('/proc/self/io', 'utf8')) ?? [];
process.stdout.write(`${JSON.stringify({ ...ended, writtenBytes: Number(written) })}\n`);
process.exit(0);
