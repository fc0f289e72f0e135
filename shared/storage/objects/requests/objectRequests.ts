import {
  GetObjectAttributesCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { retry } from '../../../async/retry.ts';
import { StagingError } from '../../../errors/stagingError.ts';
import type { ByteRange } from '../../source.ts';
import { isUnexplained, s3Error } from '../s3/s3Client.ts';
import { unquoted } from './responseHead.ts';

/** An object, or one version of it: with an ETag, every answer is of that version, or SOURCE_CHANGED. */
export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
  readonly etag?: string;
}

/** The path of an object, for messages. */
export function s3Path({ bucket, key }: ObjectName): string {
  return `s3://${bucket}/${key}`;
}

/**
 * A key, or a part of one, in a listing that was requested with `EncodingType: 'url'`: XML has no character for many
 * that keys may contain, and reads a CR as an LF. Not every store encodes them.
 * @throws OBJECT_NAME_UNSUPPORTED
 */
export function listedKey(text: string, bucket: string, encoding: string | undefined): string {
  if (encoding !== 'url') return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    const path = s3Path({ bucket, key: text });
    throw new StagingError('OBJECT_NAME_UNSUPPORTED', { path, reason: 'it is not UTF-8' }, { cause });
  }
}

/** Requests the properties of an object. @throws SOURCE_NOT_FOUND, SOURCE_CHANGED, SOURCE_UNREADABLE, OBJECT_STORE_… */
export async function headObject(
  client: S3Client,
  name: ObjectName,
  abortSignal: AbortSignal,
): Promise<HeadObjectCommandOutput> {
  try {
    const command = new HeadObjectCommand({ ...inputOf(name), ChecksumMode: 'ENABLED' });
    return await client.send(command, { abortSignal });
  } catch (error) {
    abortSignal.throwIfAborted();
    throw s3Error(isUnexplained(error) ? await explain(client, name, error) : error, s3Path(name));
  }
}

/** Requests an object or a range of it. Only a whole object comes with its checksum. @throws like `headObject` */
export async function getObject(
  client: S3Client,
  name: ObjectName,
  range: ByteRange | undefined,
  abortSignal: AbortSignal,
): Promise<GetObjectCommandOutput> {
  const part = range && { Range: `bytes=${range.start}-${range.end}` };
  const command = new GetObjectCommand({ ...inputOf(name), ...part });
  if (!range) askForChecksum(command);
  try {
    return await client.send(command, { abortSignal });
  } catch (error) {
    abortSignal.throwIfAborted();
    throw s3Error(error, s3Path(name));
  }
}

/**
 * Answers of stores that do not support the request (400, 404, 405, 501), or to callers who may read an object but not
 * its attributes (403).
 */
const notProvided = [400, 403, 404, 405, 501];

/**
 * Requests the sizes of the parts that an object was uploaded in; undefined if the store does not provide them, or not
 * those of this version. AWS provides them only for objects uploaded with checksums.
 */
export async function partSizes(
  client: S3Client,
  { bucket, key, etag }: Required<ObjectName>,
  partCount: number,
  abortSignal: AbortSignal,
): Promise<number[] | undefined> {
  const sizes: number[] = [];
  let marker: string | undefined;
  do {
    const command = new GetObjectAttributesCommand({
      Bucket: bucket,
      Key: key,
      ObjectAttributes: ['ETag', 'ObjectParts'],
      PartNumberMarker: marker,
    });
    const answer = await client.send(command, { abortSignal }).catch((error: unknown) => {
      abortSignal.throwIfAborted();
      const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
      if (status !== undefined && notProvided.includes(status)) return undefined;
      throw s3Error(error, s3Path({ bucket, key }));
    });
    if (!answer || unquoted(answer.ETag) !== unquoted(etag)) return undefined;
    const { Parts = [], IsTruncated, NextPartNumberMarker } = answer.ObjectParts ?? {};
    const known = Parts.flatMap(({ Size = 0 }) => (Size > 0 ? [Size] : []));
    if (known.length === 0 || known.length < Parts.length) return undefined;
    sizes.push(...known);
    marker = IsTruncated ? NextPartNumberMarker : undefined;
  } while (marker !== undefined && sizes.length < partCount);
  return sizes.length === partCount ? sizes : undefined;
}

/**
 * Like `ChecksumMode`, which would have the SDK verify the bytes too, but with an error that cannot be distinguished.
 */
function askForChecksum(command: GetObjectCommand): void {
  command.middlewareStack.add(
    (next) => (build) => {
      if (hasHeaders(build.request))
        Object.assign(build.request.headers, { 'x-amz-checksum-mode': 'ENABLED' });
      return next(build);
    },
    { step: 'build', name: 'askForChecksum' },
  );
}

function hasHeaders(request: unknown): request is { headers: object } {
  return typeof request === 'object' && request !== null && 'headers' in request;
}

/** The bytes of an answer. @throws OBJECT_STORE_UNREACHABLE when the connection breaks */
export async function* bytesOf(
  { Body }: GetObjectCommandOutput,
  name: ObjectName,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  if (!Body || !(Symbol.asyncIterator in Body)) throw new Error('The object store answered without a body');
  try {
    for await (const chunk of Body) if (chunk instanceof Uint8Array) yield chunk;
  } catch (error) {
    signal.throwIfAborted();
    throw s3Error(error, s3Path(name));
  }
}

/** The store's error for a GET of the same object: the answer to a HEAD has no body to contain it. */
async function explain(client: S3Client, name: ObjectName, unexplained: unknown): Promise<unknown> {
  try {
    const { Body } = await client.send(new GetObjectCommand(inputOf(name)));
    if (Body && 'destroy' in Body) Body.destroy();
    return unexplained;
  } catch (error) {
    return error;
  }
}

function inputOf({ bucket, key, etag }: ObjectName) {
  return { Bucket: bucket, Key: key, ...(etag !== undefined && { IfMatch: etag }) };
}

/** The number of attempts of a request to the object store, when the store or the connection fails. */
const maxAttempts = 4;

/**
 * Retries work when the object store or the connection fails; the work itself keeps its progress.
 * @throws the error of the last attempt, any other error immediately, or the signal's reason
 */
export async function retryRequest<Result>(
  work: () => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const pauseAfter = (error: unknown, attempt: number) => {
    if (attempt === maxAttempts || signal.aborted || !isWorthAnotherAttempt(error)) return undefined;
    return 100 * 4 ** attempt * (1 + Math.random());
  };
  return retry(work, pauseAfter, signal);
}

function isWorthAnotherAttempt(error: unknown): boolean {
  return (
    error instanceof StagingError &&
    (error.code === 'OBJECT_STORE_UNREACHABLE' || error.code === 'OBJECT_STORE_FAILED')
  );
}
