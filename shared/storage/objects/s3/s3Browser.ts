import { ListObjectsV2Command, type ListObjectsV2Output } from '@aws-sdk/client-s3';
import type { Config } from '../../../config/config.ts';
import { StagingError } from '../../../errors/stagingError.ts';
import type { ObjectBrowser, ObjectPage } from '../objectBrowser.ts';
import { objectSource } from '../objectSource.ts';
import { listedKey, type ObjectName, s3Path } from '../requests/objectRequests.ts';
import { createS3Client, s3Error } from './s3Client.ts';
import { openObject } from './s3Object.ts';

/** Reads the object store with the AWS SDK. */
export function createS3Browser(config: Config['s3']): ObjectBrowser {
  const client = createS3Client(config);
  return {
    open: async (location, signal) => objectSource(await openObject(client, location, signal), copyNothing),
    list: async ({ bucket, key }, { limit, cursor }, abortSignal) => {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: key,
        Delimiter: '/',
        EncodingType: 'url',
        MaxKeys: limit,
        ContinuationToken: cursor,
      });
      const answer = await client.send(command, { abortSignal }).catch((error: unknown) => {
        abortSignal.throwIfAborted();
        throw invalidCursor(error, cursor) ?? s3Error(error, s3Path({ bucket, key }));
      });
      const page = pageOf(answer, { bucket, key });
      // A bucket, and the marker of a folder, may have nothing beneath them.
      const isNothing = page.entries.length === 0 && !answer.Contents && key !== '' && cursor === undefined;
      if (isNothing) throw new StagingError('SOURCE_NOT_FOUND', { path: s3Path({ bucket, key }) });
      return page;
    },
  };
}

function copyNothing(): never {
  throw new Error('An object store that is browsed is not copied from');
}

/** Names follow the prefix, in the order of their bytes. The marker of the folder itself is left out. */
function pageOf(answer: ListObjectsV2Output, { bucket, key: prefix }: ObjectName): ObjectPage {
  const { CommonPrefixes = [], Contents = [], NextContinuationToken, EncodingType } = answer;
  const nameOf = (key = '') => listedKey(key, bucket, EncodingType).slice(prefix.length);
  const folders = CommonPrefixes.map(({ Prefix }) => ({
    name: nameOf(Prefix).slice(0, -1),
    isFolder: true,
    sizeBytes: null,
    modifiedAt: null,
  }));
  const named = Contents.map((object) => ({ ...object, name: nameOf(object.Key) }));
  const objects = named
    .filter(({ name }) => name !== '')
    .map(({ name, Size, LastModified }) => ({
      name,
      isFolder: false,
      sizeBytes: Size ?? 0,
      modifiedAt: LastModified ?? null,
    }));
  const entries = [...folders, ...objects].sort((a, b) =>
    Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
  );
  return { entries, nextCursor: NextContinuationToken ?? null };
}

/** The store accepts only its own cursors (API reference, ListObjectsV2: InvalidArgument). */
function invalidCursor(error: unknown, cursor: string | undefined): StagingError | undefined {
  if (cursor === undefined || !(error instanceof Error) || error.name !== 'InvalidArgument') return undefined;
  const message = 'is not a cursor of this listing';
  const errors = [{ path: 'query.cursor', message }];
  return new StagingError('BODY_INVALID', { reason: `query.cursor: ${message}` }, { cause: error, errors });
}
