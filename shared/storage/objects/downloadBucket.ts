import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { StagingError } from '../../errors/stagingError.ts';
import { headObject, s3Path } from './requests/objectRequests.ts';
import { s3Error } from './s3/s3Client.ts';

/** A bucket for large downloads. Its objects may be deleted at any time after a day. */
export interface DownloadBucket {
  readonly name: string;
  /** Whether there is an object with this key that will exist for another hour. */
  has(key: string, signal: AbortSignal): Promise<boolean>;
  /**
   * Uploads an object of about this many bytes, in parts; it appears when it is complete. Memory use does not grow with
   * it.
   */
  put(key: string, bytes: AsyncIterable<Uint8Array>, sizeBytes: number, signal: AbortSignal): Promise<void>;
}

/** The bucket may delete objects after a day, and an address is valid for an hour. */
const reuseMs = 23 * 3600 * 1000;
const smallestPartBytes = 8 * 1024 * 1024;
/** A little less than the maximum (Amazon S3 user guide, "Multipart upload limits"). */
const maxParts = 9000;

/** The download bucket of this name. */
export function createDownloadBucket(client: S3Client, name: string): DownloadBucket {
  return {
    name,
    async has(key, signal) {
      try {
        const { LastModified } = await headObject(client, { bucket: name, key }, signal);
        return LastModified !== undefined && Date.now() - LastModified.getTime() < reuseMs;
      } catch (error) {
        if (error instanceof StagingError && error.code === 'SOURCE_NOT_FOUND') return false;
        throw error;
      }
    },
    async put(key, bytes, sizeBytes, signal) {
      const upload = new Upload({
        client,
        params: { Bucket: name, Key: key, Body: Readable.from(bytes, { objectMode: false }) },
        partSize: Math.max(smallestPartBytes, Math.ceil(sizeBytes / maxParts)),
        queueSize: 3,
      });
      const abort = () => void upload.abort();
      signal.addEventListener('abort', abort, { once: true });
      try {
        await upload.done();
      } catch (error) {
        signal.throwIfAborted();
        throw uploadError(error, s3Path({ bucket: name, key }));
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
  };
}

/** A missing or inaccessible bucket is not an error of the source. */
function uploadError(thrown: unknown, path: string): StagingError {
  if (thrown instanceof StagingError) return thrown;
  const error = s3Error(thrown, path);
  if (!error.code.startsWith('SOURCE_')) return error;
  const reason = thrown instanceof Error ? thrown.name : error.code;
  return new StagingError('OBJECT_STORE_FAILED', { reason, path }, { cause: thrown });
}
