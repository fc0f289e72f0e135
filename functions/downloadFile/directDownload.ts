import type { Request, Response } from 'express';
import { StagingError } from '../../shared/errors/stagingError.ts';
import type { OperationRepository } from '../../shared/operations/repository.ts';
import type { StagingMethod, StagingTarget, TransferContext } from '../../shared/staging/stagingMethod.ts';
import { displayName } from '../../shared/storage/fileName.ts';
import type { OpenFile, Source } from '../../shared/storage/source.ts';
import type { SourceStorage } from '../../shared/storage/sourceStorage.ts';
import { sourceEtag } from '../../shared/storage/sourceVersion.ts';
import { fromThread, type StorageThreads } from '../../shared/storage/storageThreads.ts';
import { digestHeaders, wantedDigests } from './digestHeaders.ts';
import { lastModified, type Selection, select } from './preconditions.ts';
import { type ResponseBody, responseBody } from './responseBody.ts';
import { sendFile } from './sendFile.ts';
import { sendTree } from './sendTree.ts';

interface DownloadServices {
  readonly sourceStorage: SourceStorage;
  readonly operations: OperationRepository;
  readonly threads: StorageThreads;
}

/** `direct_download`: the answer to this request is the data itself; a directory comes as a tar stream. */
export function createDirectDownload(
  services: DownloadServices,
  request: Request,
  response: Response,
): StagingMethod {
  return {
    name: 'direct_download',
    isPacedByClient: true,
    async openTarget({ operationId }, signal) {
      return openDownload(services, request, response, operationId, responseBody(response, signal));
    },
  };
}

function openDownload(
  services: DownloadServices,
  request: Request,
  response: Response,
  operationId: string,
  body: ResponseBody,
): StagingTarget {
  let selection: Selection = 'whole';
  let lastChunk: Uint8Array | undefined;

  const transferFile = async (file: OpenFile, context: TransferContext) => {
    selection = selectOrSayRange(request, response, file);
    await answerHead(services, request, response, file, selection);
    context.progress.bytesTotal = Number(file.stat.size);
    context.progress.filesTotal = 1;
    if (request.method === 'HEAD' || selection === 'not_modified') return { digests: {} };
    const range = selection === 'whole' ? { start: 0, end: Number(file.stat.size) - 1 } : selection;
    const isWhole = range.end - range.start + 1 === Number(file.stat.size);
    const sent = await sendFile(file, range, body, isWhole ? context : { ...context, digests: [] });
    lastChunk = sent.lastChunk;
    if (isWhole) context.progress.addFiles(1);
    return { digests: sent.digests };
  };

  return {
    // Nobody else's target: downloads of one file do not wait for each other.
    location: `download ${operationId}`,
    isPresent: async () => false,
    computeDigests: async () => ({}),
    reserveSpace: async () => ({ [Symbol.dispose]: () => undefined }),
    async transfer(source, context) {
      if (source.kind === 'file') return transferFile(source, context);
      const name = nameOf(source);
      nameAttachment(response, `${name}.tar`);
      response.type('application/x-tar');
      if (request.method !== 'HEAD') await sendTree(services.sourceStorage, source, name, body, context);
      return { digests: {} };
    },
    makeReadOnly: async () => undefined,
    async publish() {
      await body.end(lastChunk);
      return selection === 'not_modified' ? 'already_present' : 'staged';
    },
    async [Symbol.asyncDispose]() {
      body.breakOff();
      // Nothing was sent: what was said of the file must not be said of the error that is the answer now.
      if (!response.headersSent) for (const name of fileHeaders) response.removeHeader(name);
    },
  };
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

async function answerHead(
  services: DownloadServices,
  request: Request,
  response: Response,
  file: OpenFile,
  selection: Selection,
): Promise<void> {
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
    return;
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

function nameOf(source: Source): string {
  return displayName(source.location.at(-1) ?? 'storage');
}
