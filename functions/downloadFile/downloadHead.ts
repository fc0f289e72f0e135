import type { Request, Response } from 'express';
import { StagingError } from '../../shared/errors/stagingError.ts';
import type { OperationRepository } from '../../shared/operations/repository.ts';
import { displayName } from '../../shared/storage/fileName.ts';
import type { OpenDirectory, OpenFile, Source } from '../../shared/storage/source.ts';
import type { SourceStorage } from '../../shared/storage/sourceStorage.ts';
import { sourceEtag } from '../../shared/storage/sourceVersion.ts';
import { fromThread, type StorageThreads } from '../../shared/storage/storageThreads.ts';
import { digestHeaders, wantedDigests } from './digestHeaders.ts';
import { lastModified, type Selection, select } from './preconditions.ts';

/** What downloads need of the service. */
export interface DownloadServices {
  readonly sourceStorage: SourceStorage;
  readonly operations: OperationRepository;
  readonly threads: StorageThreads;
}

const fileHeaders = [
  'ETag',
  'Last-Modified',
  'Accept-Ranges',
  'Cache-Control',
  'Content-Disposition',
  'Content-Length',
  'Repr-Digest',
  'Digest',
];

function selectOrSayRange(request: Request, response: Response, file: OpenFile): Selection {
  try {
    return select(request, file.stat);
  } catch (error) {
    if (error instanceof StagingError && error.code === 'RANGE_NOT_SATISFIABLE') {
      response.set('Content-Range', `bytes */${file.stat.size}`);
    }
    throw error;
  }
}

/**
 * Evaluates the conditions of a request for a file, and sets the status and all headers of its answer.
 * @returns what of the file to send
 * @throws PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE
 */
export async function answerFileHead(
  services: DownloadServices,
  request: Request,
  response: Response,
  file: OpenFile,
): Promise<Selection> {
  const selection = selectOrSayRange(request, response, file);
  const size = Number(file.stat.size);
  response.set({
    ETag: sourceEtag(file.stat),
    'Last-Modified': lastModified(file.stat),
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-cache',
    ...(await knownDigestHeaders(services, request, file)),
  });
  if (selection === 'not_modified') {
    response.status(304);
    return selection;
  }
  nameAttachment(response, nameOf(file));
  response.type('application/octet-stream');
  if (selection === 'whole') {
    response.set('Content-Length', String(size));
  } else {
    const { start, end } = selection;
    response.status(206).set('Content-Range', `bytes ${start}-${end}/${size}`);
    response.set('Content-Length', String(end - start + 1));
  }
  return selection;
}

/** Sets the headers of a directory's answer; its length is not known beforehand. */
export function answerTreeHead(response: Response, directory: OpenDirectory): void {
  nameAttachment(response, `${nameOf(directory)}.tar`);
  response.type('application/x-tar');
}

/** Takes back what was said of a file, when the answer is an error after all. */
export function takeHeadBack(response: Response): void {
  for (const name of fileHeaders) response.removeHeader(name);
}

/** Digests that some operation computed of this version; those that the client asks for are computed when unknown. */
async function knownDigestHeaders(
  { operations, threads }: DownloadServices,
  request: Request,
  file: OpenFile,
): Promise<Record<string, string>> {
  const wanted = wantedDigests(request);
  const known = await operations.findDigests(sourceEtag(file.stat));
  const missing = wanted.filter((algorithm) => known[algorithm] === undefined);
  if (missing.length === 0) return digestHeaders(known, wanted);
  try {
    const computed = await threads.run('digestFile', { fd: file.handle.fd, digests: missing });
    return digestHeaders({ ...known, ...computed }, wanted);
  } catch (error) {
    throw fromThread(error, nameOf(file));
  }
}

/** As RFC 6266 has it. A simple name could do without its quotes, but clients of the first service look for them. */
function nameAttachment(response: Response, name: string): void {
  response.attachment(name);
  const header = String(response.get('Content-Disposition'));
  response.set('Content-Disposition', header.replace(/filename=([^";]+)/, 'filename="$1"'));
}

/** The name that a download is saved under. */
export function nameOf(source: Source): string {
  return displayName(source.location.at(-1) ?? 'storage');
}
