import type { Request, Response } from 'express';
import type { StagingMethod, StagingTarget, TransferContext } from '../../shared/staging/stagingMethod.ts';
import type { OpenFile } from '../../shared/storage/source.ts';
import {
  answerFileHead,
  answerTreeHead,
  type DownloadServices,
  nameOf,
  takeHeadBack,
} from './downloadHead.ts';
import type { Selection } from './preconditions.ts';
import { type ResponseBody, responseBody } from './responseBody.ts';
import { sendFile } from './sendFile.ts';
import { sendTree } from './sendTree.ts';

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
    selection = await answerFileHead(services, request, response, file);
    context.progress.bytesTotal = Number(file.stat.size);
    context.progress.filesTotal = 1;
    if (selection === 'not_modified') return { digests: {} };
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
      answerTreeHead(response, source);
      await sendTree(services.sourceStorage, source, nameOf(source), body, context);
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
      if (!response.headersSent) takeHeadBack(response);
    },
  };
}
