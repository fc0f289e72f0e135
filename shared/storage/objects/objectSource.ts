import { type FileName, fileName } from '../../model/fileName.ts';
import { makeEmptyPartFile } from '../copy/partFile.ts';
import { createDigests } from '../digest/digests.ts';
import { objectEtag } from '../entityTag.ts';
import type { FileSource } from '../source.ts';
import type { CopyObject } from './copyObject.ts';
import type { ObjectName } from './requests/objectRequests.ts';
import type { S3Object } from './s3/s3Object.ts';

/** An object as a source. */
export function objectSource(object: S3Object, copyObject: CopyObject): FileSource {
  const { bucket, key, sizeBytes } = object;
  const entityTag = objectEtag(object);
  const source: FileSource = {
    ...object,
    kind: 'file',
    name: nameOfKey(object),
    entityTag,
    version: entityTag,
    resumableVersion: entityTag,
    object: { bucket, key },
    measure: async () => ({ bytes: sizeBytes, files: 1, allocatedBytes: sizeBytes, entityTag }),
    // Every request is for this version, and nothing is held open.
    reopen: async () => source,
    async compare(signal) {
      await object.checkUnchanged(undefined, signal);
      return 'same';
    },
    async digest(algorithms, { signal, progress }) {
      const digests = await createDigests(algorithms);
      if (sizeBytes === 0) return digests.digest();
      for await (const chunk of object.stream({ start: 0, end: sizeBytes - 1 }, signal)) {
        digests.update(chunk);
        progress?.addBytes(chunk.length);
      }
      return digests.digest();
    },
    makePart: makeEmptyPartFile,
    copyTo: ({ handle }, copy) => copyObject(object, handle, copy),
  };
  return source;
}

/** The last name in the key; that of the bucket if there is none. */
export function nameOfKey({ bucket, key }: ObjectName): FileName {
  return fileName(key.split('/').findLast((name) => name !== '') ?? bucket);
}
