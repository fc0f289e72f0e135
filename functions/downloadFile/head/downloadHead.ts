import type { Request, Response } from 'express';
import { limitTime } from '../../../shared/async/abortSignals.ts';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import type { DigestAlgorithm } from '../../../shared/model/digestAlgorithm.ts';
import type { Digests } from '../../../shared/model/operation.ts';
import type { FileSource } from '../../../shared/storage/source.ts';
import { attachment, nameOf } from '../downloadedFile.ts';
import type { DownloadServices } from '../downloadServices.ts';
import { digestHeaders, wantedDigests } from './contentDigests.ts';
import { evaluateConditions, lastModified, type Selection } from './preconditions.ts';

const fileHeaders = [
  'ETag',
  'Last-Modified',
  'Accept-Ranges',
  'Cache-Control',
  'Content-Disposition',
  'Content-Length',
  'Location',
  'Repr-Digest',
  'Digest',
];

function selectOrSayRange(request: Request, response: Response, file: FileSource): Selection {
  try {
    return evaluateConditions(request, file);
  } catch (error) {
    if (error instanceof StagingError && error.code === 'RANGE_NOT_SATISFIABLE') {
      response.set('Content-Range', `bytes */${file.sizeBytes}`);
    }
    throw error;
  }
}

/** How long an answer waits for digests, in ms: less than the timeouts of proxies. */
export const maxDigestsMs = 50_000;

interface DigestServices extends Pick<DownloadServices, 'digestQueue'> {
  /** Instead of `maxDigestsMs`. */
  readonly digestsMs?: number;
}

/** A request for a file. */
export interface FileRequest {
  readonly request: Request;
  readonly response: Response;
  readonly username: string;
  readonly signal: AbortSignal;
}

/**
 * Evaluates the conditions of a request for a file, and sets the status and all headers of its answer.
 * @returns the part of the file to send, and the known digests of the whole file
 * @throws PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE
 */
export async function answerFileHead(
  { digestQueue, digestsMs = maxDigestsMs }: DigestServices,
  { request, response, username, signal }: FileRequest,
  file: FileSource,
): Promise<{ readonly selection: Selection; readonly known: Digests }> {
  const selection = selectOrSayRange(request, response, file);
  const wanted = wantedDigests(request);
  // Clients cannot compare digests with a part.
  const known =
    selection === 'whole'
      ? await digestsInTime(digestQueue, file, wanted, { username, signal }, digestsMs)
      : await digestQueue.findKnown(file);
  const modified = lastModified(file);
  response.set({
    ETag: file.entityTag,
    ...(modified !== undefined && { 'Last-Modified': modified }),
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-cache',
    ...digestHeaders(known, wanted),
  });
  if (selection === 'not_modified') {
    response.status(304);
    return { selection, known };
  }
  response.set('Content-Disposition', attachment(nameOf(file))).type('application/octet-stream');
  if (selection === 'whole') {
    response.set('Content-Length', String(file.sizeBytes));
  } else {
    const { start, end } = selection;
    response.status(206).set('Content-Range', `bytes ${start}-${end}/${file.sizeBytes}`);
    response.set('Content-Length', String(end - start + 1));
  }
  return { selection, known };
}

/** The known digests and the requested ones, unless they take too long: then the answer is sent without them. */
async function digestsInTime(
  queue: DownloadServices['digestQueue'],
  source: FileSource,
  needed: readonly DigestAlgorithm[],
  user: Pick<FileRequest, 'username' | 'signal'>,
  timeoutMs: number,
): Promise<Digests> {
  if (needed.length === 0) return queue.digestsOf(source, [], user);
  using limit = limitTime(user.signal, timeoutMs);
  try {
    return await queue.digestsOf(source, needed, { ...user, signal: limit.signal });
  } catch (error) {
    if (user.signal.aborted || !limit.signal.aborted) throw error;
    return queue.digestsOf(source, [], user);
  }
}

/** Sets the headers of a directory's answer; its length is not known in advance. */
export function answerTreeHead(response: Response, name: string): void {
  response.set('Content-Disposition', attachment(`${name}.tar`)).type('application/x-tar');
}

/** Removes the headers of a file, when the answer is an error or a redirect instead. */
export function takeHeadBack(response: Response): void {
  for (const name of fileHeaders) response.removeHeader(name);
}
