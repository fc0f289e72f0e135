import type { Outcome } from '../../../shared/model/operation.ts';
import type { TransferContext, Transferred } from '../../../shared/staging/stagingMethod.ts';
import type { FileSource, TreeSource } from '../../../shared/storage/source.ts';
import { nameOf } from '../downloadedFile.ts';
import type { DownloadServices } from '../downloadServices.ts';
import { readOnce } from '../head/digestQueue.ts';
import { answerFileHead, answerTreeHead, type FileRequest } from '../head/downloadHead.ts';
import { packTree } from './packTree.ts';
import type { ResponseBody } from './responseBody.ts';
import { sendBytes } from './sendBytes.ts';
import { fileForProxy, leaveToProxy } from './sendfile.ts';

/** How data is sent to the client. */
export interface Delivery {
  /** Does everything except the last step, which completes the answer for the client. */
  transfer(context: TransferContext): Promise<Pick<Transferred, 'digests' | 'isPartial'>>;
  finish(): Promise<Outcome>;
}

/** A download in progress. */
export interface DownloadCall extends Omit<FileRequest, 'signal'> {
  readonly services: DownloadServices;
  readonly operationId: string;
  readonly body: ResponseBody;
}

/** Sends a file, or the requested range of it. */
export function streamFile(opened: FileSource, call: DownloadCall): Delivery {
  const source = readOnce(opened);
  let lastChunk: Uint8Array | undefined;
  let outcome: Outcome = 'staged';
  return {
    async transfer(context) {
      const { services, request, response, body } = call;
      const { selection, known } = await answerFileHead(
        services,
        { ...call, signal: context.signal },
        source,
      );
      context.progress.bytesTotal = source.sizeBytes;
      context.progress.filesTotal = 1;
      if (selection === 'not_modified') {
        outcome = 'already_present';
        return { digests: {}, isPartial: true };
      }
      const range = selection === 'whole' ? { start: 0, end: source.sizeBytes - 1 } : selection;
      const rangeBytes = range.end - range.start + 1;
      const isWhole = rangeBytes === source.sizeBytes;
      const proxied = fileForProxy(source, request, services.config);
      if (proxied) {
        leaveToProxy(response, proxied);
        context.progress.addBytes(rangeBytes);
        if (isWhole) context.progress.addFiles(1);
        return { digests: {}, isPartial: true };
      }
      // The catalogue's digests are compared with those of the bytes that are sent.
      const needed = isWhole ? context.digests : [];
      const missing = source.catalogued ? needed : needed.filter((algorithm) => !known[algorithm]);
      const transfer = { ...context, digests: missing };
      const sent = await sendBytes(source, range, body, transfer, services.digestThreads);
      lastChunk = sent.lastChunk;
      if (isWhole) context.progress.addFiles(1);
      const reused = needed.map((algorithm) => [algorithm, known[algorithm]] as const);
      return { digests: { ...Object.fromEntries(reused), ...sent.digests }, isPartial: !isWhole };
    },
    async finish() {
      await call.body.end(lastChunk);
      return outcome;
    },
  };
}

/** Sends a directory, all objects beneath a prefix, or the files of a collection as a tar stream. */
export function streamTree(source: TreeSource, call: DownloadCall): Delivery {
  let lastPiece: Uint8Array | undefined;
  return {
    async transfer(context) {
      answerTreeHead(call.response, nameOf(source));
      const steps = source.steps(context.signal);
      for await (const piece of packTree(steps, source.name, context)) {
        if (lastPiece) await call.body.write(lastPiece);
        lastPiece = piece;
      }
      return { digests: {} };
    },
    async finish() {
      await call.body.end(lastPiece);
      return 'staged';
    },
  };
}
