import type { FileName } from '../model/fileName.ts';
import type { Catalogued, Collection, CollectionFile } from './catalogue.ts';
import { createDigests } from './digest/digests.ts';
import { mountedFile } from './mounted/mountedFile.ts';
import type { ByteRange, ReadableFile } from './readableFile.ts';
import type { TreeStep } from './treeStep.ts';

const folder = { mode: 0o755, modifiedAtNs: 0n };

/** Walks the files of a collection as a tree. A file is proved to be what the catalogue says when it is checked. */
export async function* collectionSteps(
  collection: Collection,
  signal: AbortSignal,
): AsyncGenerator<TreeStep, void, void> {
  const here: FileName[] = [];
  yield { kind: 'enter', path: [], folder };
  for await (const file of collection.replicas(signal)) {
    const folders = file.path.slice(0, -1);
    while (!here.every((name, depth) => name === folders[depth])) {
      yield { kind: 'leave', path: [...here] };
      here.pop();
    }
    for (const name of folders.slice(here.length)) {
      here.push(name);
      yield { kind: 'enter', path: [...here], folder };
    }
    yield { kind: 'file', path: file.path, open: () => openProven(file) };
  }
  for (; here.length > 0; here.pop()) yield { kind: 'leave', path: [...here] };
  yield { kind: 'leave', path: [] };
}

async function openProven(file: CollectionFile): Promise<ReadableFile> {
  const source = await file.open();
  const readable = source.kind === 'file' ? mountedFile(source) : source;
  return source.catalogued ? provenFile(readable, source.catalogued) : readable;
}

/** Digests what is read from the beginning to the end; what was read otherwise is read once more for that. */
function provenFile(file: ReadableFile, catalogued: Catalogued): ReadableFile {
  const { sizeBytes } = file;
  const whole = createDigests(catalogued.algorithms);
  let seenBytes = 0;
  const see = async (bytes: Uint8Array, position: number) => {
    if (position !== seenBytes) return;
    (await whole).update(bytes);
    seenBytes += bytes.length;
  };
  async function* stream(range: ByteRange, signal: AbortSignal) {
    let position = range.start;
    for await (const chunk of file.stream(range, signal)) {
      await see(chunk, position);
      position += chunk.length;
      yield chunk;
    }
  }
  return {
    path: file.path,
    sizeBytes,
    modifiedAtNs: file.modifiedAtNs,
    mode: file.mode,
    stream,
    async read(buffer, position, signal) {
      await file.read(buffer, position, signal);
      await see(buffer, position);
    },
    async checkUnchanged(sha256, signal) {
      if (seenBytes < sizeBytes) {
        const rest = { start: seenBytes, end: sizeBytes - 1 };
        for await (const _chunk of stream(rest, signal)) signal.throwIfAborted();
      }
      await file.checkUnchanged(sha256, signal);
      await catalogued.prove((await whole).digest());
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
