import type { Request, Response } from 'express';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import { answerSignal } from '../../../shared/http/answers/transport.ts';
import { rememberOperation } from '../../../shared/http/app.ts';
import { callerOf } from '../../../shared/http/callers.ts';
import { networkOf } from '../../../shared/http/limits/clientNetwork.ts';
import { recordCall } from '../../../shared/http/staging/recordedCall.ts';
import type { StagingCall } from '../../../shared/http/staging/stagingCall.ts';
import { setOperationId } from '../../../shared/logging/logContext.ts';
import type { Dependencies } from '../../../shared/service/dependencies.ts';
import type { ByteRange, FileSource, Source } from '../../../shared/storage/source.ts';
import { responseBody } from '../delivery/responseBody.ts';
import { sendBytes } from '../delivery/sendBytes.ts';
import { fileForProxy, leaveToProxy } from '../delivery/sendfile.ts';
import { isSentByStore } from '../downloadedFile.ts';
import type { DownloadServices } from '../downloadServices.ts';
import { answerFileHead, type FileRequest, takeHeadBack } from '../head/downloadHead.ts';
import { evaluateConditions } from '../head/preconditions.ts';
import type { RangeRead } from './rangeReads.ts';

/** A download, as it was requested. */
export interface RequestedDownload {
  readonly request: Request;
  readonly response: Response;
  readonly call: StagingCall;
}

/** A range request that continues a reading. */
interface RangeCall extends RequestedDownload {
  /** Opens the source, if the caller may read it. */
  openAllowed(signal: AbortSignal): Promise<Source>;
}

/** The key of a client and the file that it reads; undefined if the request has no range. */
export function rangeKey(request: Request, response: Response, call: StagingCall): string | undefined {
  if (request.method !== 'GET' || request.get('range') === undefined) return undefined;
  const caller = callerOf(response);
  return JSON.stringify([networkOf(request), caller.name, call.username, call.localPathOnStorage]);
}

/**
 * Answers a range request for the version that is being read.
 * @returns whether it was answered; if not, the caller answers it as a separate download, which records why
 * @throws the error that interrupted an answer, after it was recorded
 */
export async function answerRange(
  services: Dependencies & DownloadServices,
  read: RangeRead,
  { request, response, call, openAllowed }: RangeCall,
): Promise<boolean> {
  const signal = answerSignal(response);
  read.running += 1;
  try {
    await using source = await openAllowed(signal);
    if (source.kind === 'tree' || isSentByStore(source, services.config)) return false;
    read.etag ??= source.entityTag;
    if (source.entityTag !== read.etag) return false;
    const range = evaluateConditions(request, source);
    if (typeof range === 'string') return false;
    const id = await read.operationId;
    setOperationId(id);
    rememberOperation(response.locals, id);
    await send(services, read, source, { range, request, response, username: call.username ?? '', signal });
    return true;
  } catch (error) {
    if (!(error instanceof StagingError)) throw error;
    if (!response.headersSent) {
      takeHeadBack(response);
      return false;
    }
    if (error.code === 'CLIENT_CLOSED') return true;
    await recordCall(services, response, { ...call, parse: () => fail(error) });
    throw error;
  } finally {
    read.running -= 1;
  }
}

interface RangeAnswer extends FileRequest {
  readonly range: ByteRange;
}

async function send(
  { digestQueue, digestThreads, config }: DownloadServices,
  read: RangeRead,
  source: FileSource,
  answer: RangeAnswer,
): Promise<void> {
  const { range, response, signal } = answer;
  const { progress } = read;
  read.lastAt = Date.now();
  read.digests ??= digestQueue.findKnown(source);
  const known = read.digests;
  await answerFileHead({ digestQueue: { ...digestQueue, findKnown: () => known } }, answer, source);
  read.requests += 1;
  const body = responseBody(response, signal);
  try {
    const proxied = fileForProxy(source, answer.request, config);
    if (proxied) {
      leaveToProxy(response, proxied);
      progress.addBytes(range.end - range.start + 1);
      await body.end();
      return;
    }
    const transfer = { digests: [], progress, signal };
    const { lastChunk } = await sendBytes(source, range, body, transfer, digestThreads);
    await source.checkUnchanged(undefined, signal);
    await body.end(lastChunk);
  } finally {
    await body.breakOff();
    read.lastAt = Date.now();
  }
}

function fail(error: StagingError): never {
  throw error;
}
