import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { withDeadline } from '../../shared/async/coalesce.ts';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { createTurns } from '../../shared/executor/queue/turns.ts';
import type { StagedDigestsFormat } from '../../shared/http/contract/operations.ts';
import { displayName } from '../../shared/model/fileName.ts';
import type { Operation } from '../../shared/model/operation.ts';
import type { UserAreas } from '../../shared/staging/target/targetBase.ts';
import { pathOfDescriptor } from '../../shared/storage/io/descriptors.ts';
import type { OpenFile } from '../../shared/storage/mounted/openAt.ts';
import { Progress } from '../../shared/storage/progress.ts';
import { createStorageThreads } from '../../shared/storage/threads/threadPool.ts';
import { parseChecksumLine } from '../../shared/storage/threads/trees/checksumLine.ts';

/** How long an answer waits for digests that must be computed, in ms; then the client repeats the request. */
const waitMs = 45_000;

/** How long a computation continues without a request for it, in ms. */
const patienceMs = 120_000;

interface Computation {
  /** Resolves when they are stored. */
  readonly digested: Promise<true>;
  readonly progress: () => Progress | undefined;
  /** Called at each request: postpones the cancellation. */
  keepOn(): void;
}

/** Digests of staged data, computed in separate threads. */
export interface DigestAnswers {
  /**
   * Answers with them, as lines for `sha256sum -c`, or as JSON; or with 202 while they are computed.
   * @throws DATA_NOT_STAGED, DATA_REMOVED, DATA_GONE, DATA_CHANGED
   */
  send(
    operation: Operation,
    format: StagedDigestsFormat,
    request: Request,
    response: Response,
  ): Promise<void>;
  close(): Promise<void>;
}

/** Creates the handler; its dependencies are loaded at the first request. */
export function createDigestAnswers(userAreas: UserAreas): DigestAnswers {
  const threads = createStorageThreads();
  const turns = createTurns(threads.parallelism);
  const computations = new Map<string, Computation>();
  const stopping = new AbortController();

  const openLines = async (operation: Operation, progress: Progress, signal: AbortSignal) => {
    const { openStagedDigests } = await import('../../shared/staging/staged/stagedDigests.ts');
    return openStagedDigests(operation, { userAreas, threads, progress, signal });
  };
  const begin = (operation: Operation): Computation => {
    const abandonment = new AbortController();
    const signal = AbortSignal.any([abandonment.signal, stopping.signal]);
    let progress: Progress | undefined;
    const digested = turns.take({ username: operation.username ?? '', signal }, async (own) => {
      progress = own;
      await using _lines = await openLines(operation, own, signal);
      return true as const;
    });
    const timer = setTimeout(() => abandonment.abort(new StagingError('CLIENT_CLOSED')), patienceMs).unref();
    const forget = () => {
      clearTimeout(timer);
      computations.delete(operation.id);
    };
    digested.then(forget, forget);
    const computation = { digested, progress: () => progress, keepOn: () => void timer.refresh() };
    computations.set(operation.id, computation);
    return computation;
  };
  return {
    async send(operation, format, request, response) {
      const { digested, progress, keepOn } = computations.get(operation.id) ?? begin(operation);
      keepOn();
      if (!(await withDeadline(digested, waitMs))) {
        response
          .status(202)
          .set('Retry-After', '1')
          .json({
            status: 'computing',
            files_done: progress()?.filesDone ?? 0,
            bytes_done: progress()?.bytesDone ?? 0,
            bytes_total: operation.bytesTotal,
          });
        return;
      }
      await using lines = await openLines(operation, new Progress(), stopping.signal);
      await sendLines(lines, operation, format, request, response);
    },
    async close() {
      stopping.abort(new StagingError('INTERRUPTED'));
      await Promise.allSettled([...computations.values()].map(({ digested }) => digested));
      await threads.close();
    },
  };
}

async function sendLines(
  lines: OpenFile,
  operation: Operation,
  format: StagedDigestsFormat,
  request: Request,
  response: Response,
): Promise<void> {
  const file = createReadStream(pathOfDescriptor(lines.handle.fd));
  if (format === 'json') response.type('json');
  else {
    response.type('text/plain').set('Content-Disposition', 'attachment; filename="SHA256SUMS"');
    response.set('Content-Length', String(lines.stat.size));
  }
  if (request.method === 'HEAD') {
    file.destroy();
    response.end();
    return;
  }
  const sent =
    format === 'json'
      ? pipeline(file, (source) => toJson(source, operation), response)
      : pipeline(file, response);
  await sent.catch((cause: unknown) => {
    throw new StagingError('CLIENT_CLOSED', {}, { cause });
  });
}

/** One file after the other, for any number of files. */
async function* toJson(
  source: NodeJS.ReadableStream,
  { id, filesDone }: Operation,
): AsyncGenerator<string, void, void> {
  yield `{"operation_id":${JSON.stringify(id)},"algorithm":"sha256","files":[`;
  let listed = 0;
  for await (const line of createInterface({ input: source.setEncoding('latin1') })) {
    const { digest, path } = parseChecksumLine(line);
    yield `${listed > 0 ? ',' : ''}${JSON.stringify({ path: displayName(path), sha256: digest })}`;
    listed += 1;
  }
  yield `],"links_left_out":${Math.max(0, filesDone - listed)}}`;
}
