import type { Request, Response } from 'express';
import type { ErrorCode } from '../../shared/errors/errorTable.ts';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { isDid, isS3Location, type SourcePath } from '../../shared/model/sourcePath.ts';
import type { StagingMethod, StagingTarget } from '../../shared/staging/stagingMethod.ts';
import { openSource, type Storages } from '../../shared/storage/openSource.ts';
import type { FileSource, Source } from '../../shared/storage/source.ts';
import { type Delivery, type DownloadCall, streamFile, streamTree } from './delivery/delivery.ts';
import { responseBody } from './delivery/responseBody.ts';
import { isSentByStore } from './downloadedFile.ts';
import type { DownloadServices } from './downloadServices.ts';
import { takeHeadBack } from './head/downloadHead.ts';
import { evaluateConditions, type Selection } from './head/preconditions.ts';

/** The overhead of a file in a tar: a header of 512 bytes, padding, and often a pax header. */
const tarBytesPerFile = 2048;

/**
 * `direct_download`: the answer to this request is the data itself, a directory as a tar stream; or a redirect to the
 * data in an object store.
 */
export function createDirectDownload(
  services: DownloadServices,
  request: Request,
  response: Response,
): StagingMethod {
  return {
    name: 'direct_download',
    isPacedByClient: true,
    openSource: (path, signal) => openRequested(path, services, request, signal),
    async openTarget({ operationId, username }, signal) {
      const body = responseBody(response, signal);
      return openDownload({ services, request, response, operationId, username, body });
    },
  };
}

/** Opens what a request names; small files and ranges that are wanted at the same time are read together. */
export async function openRequested(
  path: SourcePath,
  services: Storages & Pick<DownloadServices, 'smallReads'>,
  request: Request,
  signal: AbortSignal,
): Promise<Source> {
  const range = request.get('range');
  const [, start, end] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(range ?? '') ?? [];
  const isRange = start !== undefined && end !== undefined && Number(start) <= Number(end);
  const isMounted = !isDid(path) && !isS3Location(path);
  if (isMounted && request.method === 'GET' && (isRange || range === undefined)) {
    const wanted = isRange ? { start: Number(start), end: Number(end) } : undefined;
    const small = await services.smallReads?.open(path, wanted);
    if (small) return small;
  }
  return openSource(path, services, signal);
}

function openDownload(call: DownloadCall): StagingTarget {
  return {
    // A target of its own: downloads of one file do not wait for each other.
    location: `download ${call.operationId}`,
    isPresent: async () => false,
    isSourceItself: async () => false,
    identify: async () => '',
    computeDigests: async () => ({}),
    async transfer(source, context) {
      const delivery = await chooseDelivery(source, call, context.signal);
      return {
        ...(await delivery.transfer(context)),
        makeReadOnly: async () => undefined,
        publish: async () => ({ outcome: await delivery.finish() }),
      };
    },
    async [Symbol.asyncDispose]() {
      await call.body.breakOff();
      // Nothing was sent: the headers of the data must not appear with the error.
      if (!call.response.headersSent) takeHeadBack(call.response);
    },
  };
}

/** Delivery through an object store is loaded on demand. */
async function chooseDelivery(source: Source, call: DownloadCall, signal: AbortSignal): Promise<Delivery> {
  const { config, answerLimitBytes = Number.POSITIVE_INFINITY } = call.services;
  if (isSentByStore(source, config)) {
    return (await import('./delivery/redirect.ts')).redirectToObject(source, call);
  }
  if (source.kind === 'file') {
    const isLimited = answerLimitBytes !== Number.POSITIVE_INFINITY;
    if (!isLimited || fileBytes(source, call.request) <= answerLimitBytes) return streamFile(source, call);
    return (await import('./delivery/redirect.ts')).redirectToCopy(source, call);
  }
  if (answerLimitBytes === Number.POSITIVE_INFINITY) return streamTree(source, call);
  const { bytes, files } = await source.measure({ threads: call.services.threads, signal });
  const archiveBytes = bytes + files * tarBytesPerFile;
  if (archiveBytes <= answerLimitBytes) return streamTree(source, call);
  return (await import('./delivery/redirect.ts')).redirectToArchive(source, call, archiveBytes);
}

/** The number of a file's bytes in the answer; none if there is nothing to send. */
function fileBytes(source: FileSource, request: Request): number {
  const selection = selectOrNothing(request, source);
  if (selection === 'whole') return source.sizeBytes;
  return selection === 'not_modified' ? 0 : selection.end - selection.start + 1;
}

const faultsOfRequest: readonly ErrorCode[] = ['PRECONDITION_FAILED', 'RANGE_NOT_SATISFIABLE'];

function selectOrNothing(request: Request, file: FileSource): Selection {
  try {
    return evaluateConditions(request, file);
  } catch (error) {
    // The error of the request is reported when the headers are created.
    if (error instanceof StagingError && faultsOfRequest.includes(error.code)) return 'not_modified';
    throw error;
  }
}
