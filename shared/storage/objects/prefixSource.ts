import type { S3Client } from '@aws-sdk/client-s3';
import { textOf } from '../../model/fileName.ts';
import { treeEtag } from '../entityTag.ts';
import type { TreeSource } from '../source.ts';
import { plainFolder, type TreeStep } from '../treeStep.ts';
import { copyPrefix, type PrefixCopyMeans } from './copyPrefix.ts';
import { nameOfKey } from './objectSource.ts';
import { measurePrefix, type Prefix, walkPrefix } from './s3/s3Prefix.ts';

/** All objects beneath a prefix as a source. */
export function prefixSource(client: S3Client, prefix: Prefix, means: PrefixCopyMeans): TreeSource {
  return {
    kind: 'tree',
    name: nameOfKey(prefix),
    async measure({ signal }) {
      const measure = await measurePrefix(client, prefix, signal);
      const { bytes, files } = measure;
      return { bytes, files, allocatedBytes: bytes, entityTag: treeEtag(measure) };
    },
    steps: (signal) => steps(client, prefix, signal),
    async copyTo(folder, copy) {
      await copyPrefix(walkPrefix(client, prefix, copy.signal), prefix, folder, means, copy);
      return undefined;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function* steps(
  client: S3Client,
  prefix: Prefix,
  signal: AbortSignal,
): AsyncGenerator<TreeStep, void, void> {
  for await (const step of walkPrefix(client, prefix, signal)) {
    const { path } = step;
    if (step.kind === 'file') {
      // A key is text without escapes.
      const asSource = { path: textOf(path.join('/')), isBeneathTree: true };
      yield { kind: 'file', path, asSource, open: async () => step.file };
    } else if (step.kind === 'enter') yield { kind: 'enter', path, folder: plainFolder };
    else yield { kind: 'leave', path };
  }
}
