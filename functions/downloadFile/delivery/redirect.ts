import { StagingError } from '../../../shared/errors/stagingError.ts';
import { createDigests } from '../../../shared/storage/digest/digests.ts';
import type { DownloadBucket } from '../../../shared/storage/objects/downloadBucket.ts';
import type { ObjectName } from '../../../shared/storage/objects/requests/objectRequests.ts';
import type { Progress } from '../../../shared/storage/progress.ts';
import type { FileSource, ReadableFile, TreeSource } from '../../../shared/storage/source.ts';
import { attachment, nameOf, type StoredFile } from '../downloadedFile.ts';
import type { Delivery, DownloadCall } from './delivery.ts';
import { packTree } from './packTree.ts';

/** Answers HEAD for an object like GET; the target of its redirect accepts HEAD, too. */
export async function answerRedirectHead(source: StoredFile, call: RedirectedRequest): Promise<void> {
  await redirect(call, source.object, nameOf(source));
}

/** Redirects to the address of an object, so that the client fetches it from the object store. */
export function redirectToObject(source: StoredFile, call: DownloadCall): Delivery {
  return redirecting(call, async ({ progress }) => {
    progress.bytesTotal = source.sizeBytes;
    progress.filesTotal = 1;
    await redirect(call, source.object, nameOf(source));
    return { digests: {} };
  });
}

/**
 * Stores a file in the download bucket, under its digest, and redirects there. An existing copy is not stored again.
 */
export function redirectToCopy(source: FileSource, call: DownloadCall): Delivery {
  return redirecting(call, async ({ progress, signal }) => {
    progress.bytesTotal = source.sizeBytes;
    progress.filesTotal = 1;
    const bucket = await bucketOf(call);
    const { username, services } = call;
    const digests = await services.digestQueue.digestsOf(source, ['sha256'], { username, signal });
    const key = `sha256/${digests.sha256}`;
    if (!(await bucket.has(key, signal))) {
      const bytes = verifiedBytes(source, digests.sha256, progress, signal);
      await bucket.put(key, bytes, source.sizeBytes, signal);
    }
    progress.addFiles(1);
    await redirect(call, { bucket: bucket.name, key }, nameOf(source));
    return { digests };
  });
}

/** Stores a tree of about this many bytes in the download bucket as a tar file, and redirects there. */
export function redirectToArchive(source: TreeSource, call: DownloadCall, sizeBytes: number): Delivery {
  return redirecting(call, async (context) => {
    const bucket = await bucketOf(call);
    const key = `tar/${call.operationId}`;
    const steps = source.steps(context.signal);
    const archive = packTree(steps, source.name, context);
    await bucket.put(key, archive, sizeBytes, context.signal);
    await redirect(call, { bucket: bucket.name, key }, `${nameOf(source)}.tar`);
    return { digests: {} };
  });
}

/** A delivery whose answer has no body. */
function redirecting({ body }: DownloadCall, transfer: Delivery['transfer']): Delivery {
  return { transfer, finish: () => body.end().then(() => 'staged' as const) };
}

async function bucketOf({ services }: DownloadCall): Promise<DownloadBucket> {
  const { bucket, thresholdBytes } = services.config.download;
  if (bucket === undefined) throw new StagingError('DOWNLOAD_TOO_LARGE', { limitBytes: thresholdBytes });
  return services.objectStorage.downloadBucket(bucket);
}

type RedirectedRequest = Pick<DownloadCall, 'request' | 'response'> & {
  readonly services: Pick<DownloadCall['services'], 'objectStorage'>;
};

/** 303, so that a POST is also followed by a GET (RFC 9110 §15.4.4). The address is a secret for an hour. */
async function redirect(
  { services, request, response }: RedirectedRequest,
  object: ObjectName,
  name: string,
): Promise<void> {
  const method = request.method === 'HEAD' ? 'HEAD' : 'GET';
  const location = await services.objectStorage.presign(object, method, attachment(name));
  response.status(303).set({ Location: location, 'Cache-Control': 'no-store' });
}

/**
 * The bytes of a file; the last of them are sent only if all match the digest, so that nothing wrong is ever stored.
 */
async function* verifiedBytes(
  content: ReadableFile,
  sha256: string | undefined,
  progress: Progress,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const digests = await createDigests(['sha256']);
  let last: Uint8Array | undefined;
  if (content.sizeBytes > 0) {
    for await (const chunk of content.stream({ start: 0, end: content.sizeBytes - 1 }, signal)) {
      await progress.pace(chunk.length);
      if (last) yield last;
      digests.update(chunk);
      progress.addBytes(chunk.length);
      last = chunk;
    }
  }
  if (digests.digest().sha256 !== sha256) throw new StagingError('SOURCE_CHANGED', { path: content.path });
  if (last) yield last;
}
