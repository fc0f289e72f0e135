import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fileName, textOf } from '../../../shared/model/fileName.ts';
import { openStorageRoot } from '../../../shared/storage/mounted/openAt.ts';
import { Progress } from '../../../shared/storage/progress.ts';
import type { FileSource, Source, TreeSource } from '../../../shared/storage/source.ts';
import { createStorageThreads } from '../../../shared/storage/threads/threadPool.ts';
import {
  type ClosedDirectory,
  makeClosedDirectory,
} from '../../../shared/storage/userArea/closedDirectory.ts';

/** A storage under test. Paths are relative to a folder of its own. */
export interface StorageUnderTest {
  /** Writes a file, with the folders on the way; an existing one is replaced. */
  put(path: string, bytes: Uint8Array): Promise<void>;
  openFile(path: string): Promise<Source>;
  openTree(path: string): Promise<Source>;
}

/** What every storage promises of its sources. */
export function sourceContract(storage: () => StorageUnderTest): void {
  const threads = createStorageThreads();
  const { signal } = new AbortController();
  let directory: string;
  let workspace: ClosedDirectory;
  let names = 0;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sources-'));
    await using root = await openStorageRoot(directory);
    workspace = await makeClosedDirectory(root, fileName('workspace'));
  });
  afterAll(async () => {
    await workspace?.handle.close();
    await threads.close();
    await rm(directory, { recursive: true });
  });

  const newName = () => {
    names += 1;
    return `${names}`;
  };
  const inWorkspace = (...path: string[]) => join(directory, 'workspace', ...path);
  const openFile = async (path: string): Promise<FileSource> => {
    const source = await storage().openFile(path);
    if (source.kind === 'file') return source;
    throw new Error(`${path} is a tree`);
  };
  const openTree = async (path: string): Promise<TreeSource> => {
    const source = await storage().openTree(path);
    if (source.kind === 'tree') return source;
    throw new Error(`${path} is a file`);
  };
  const putAndOpen = async (bytes: Uint8Array) => {
    const path = `${newName()}/file.fits`;
    await storage().put(path, bytes);
    return { path, source: await openFile(path) };
  };
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const isChanged = { code: 'SOURCE_CHANGED' };

  describe('a file', () => {
    test('has a name, a size and a measure', async () => {
      const { source } = await putAndOpen(randomBytes(5000));
      await using _source = source;
      expect([textOf(source.name), source.sizeBytes]).toEqual(['file.fits', 5000]);
      const measure = await source.measure({ threads, signal });
      expect(measure).toMatchObject({ bytes: 5000, files: 1, entityTag: source.entityTag });
      expect(measure.allocatedBytes).toBeGreaterThanOrEqual(5000);
    });

    test('has the same version at each opening, until it is written', async () => {
      const { path, source } = await putAndOpen(Buffer.from('before'));
      await using _source = source;
      await using same = await openFile(path);
      expect([same.entityTag, same.version]).toEqual([source.entityTag, source.version]);
      expect(source.entityTag).toMatch(/^"[^"]+"$/);
      await storage().put(path, Buffer.from('after, and longer'));
      await using other = await openFile(path);
      expect(other.entityTag).not.toBe(source.entityTag);
      expect(other.version).not.toBe(source.version);
      expect(other.resumableVersion).not.toBe(source.resumableVersion);
    });

    test('is read at any position', async () => {
      const bytes = randomBytes(700_000);
      const { source } = await putAndOpen(bytes);
      await using _source = source;
      const piece = Buffer.alloc(1000);
      await source.read(piece, 600_000, signal);
      expect(piece.equals(bytes.subarray(600_000, 601_000))).toBe(true);
      const range = await buffer(source.stream({ start: 10, end: 650_009 }, signal));
      expect(range.equals(bytes.subarray(10, 650_010))).toBe(true);
    });

    test.each([0, 1, 300_000, 9_000_000])('of %d bytes is digested, and copied in one pass', async (size) => {
      const bytes = randomBytes(size);
      const { source } = await putAndOpen(bytes);
      await using _source = source;
      const md5 = createHash('md5').update(bytes).digest('hex');
      expect(await source.digest(['sha256', 'md5'], { threads, signal })).toEqual({
        sha256: sha256(bytes),
        md5,
      });
      const progress = new Progress();
      const name = newName();
      const part = await source.makePart(workspace, fileName(name));
      const copied = await source.copyTo(part, { digests: ['sha256'], progress, signal, threads });
      await part.handle.close();
      expect(copied).toEqual({ sha256: sha256(bytes) });
      expect((await readFile(inWorkspace(name))).equals(bytes)).toBe(true);
      expect(progress.bytesDone).toBe(size);
      expect(await source.compare(signal)).toBe('same');
      await source.checkUnchanged(undefined, signal);
    });

    test('that was written since it was opened is detected as another version', async () => {
      const { path, source } = await putAndOpen(randomBytes(9_000_000));
      await using _source = source;
      await storage().put(path, Buffer.from('shorter'));
      await expect(source.checkUnchanged(undefined, signal)).rejects.toMatchObject(isChanged);
      const compared = await source.compare(signal).catch(({ code }: { code: string }) => code);
      expect(['changed', 'SOURCE_CHANGED']).toContain(compared);
    });

    test('that is opened again can be used after the first was closed', async () => {
      const bytes = randomBytes(3000);
      const { source } = await putAndOpen(bytes);
      const again = await source.reopen();
      await source[Symbol.asyncDispose]();
      await using _again = again;
      expect([again.version, again.entityTag]).toEqual([source.version, source.entityTag]);
      expect(await again.digest(['sha256'], { threads, signal })).toEqual({ sha256: sha256(bytes) });
    });

    test('is not digested any further after an abort', async () => {
      const { source } = await putAndOpen(randomBytes(9_000_000));
      await using _source = source;
      const reason = new Error('enough');
      const digests = source.digest(['sha256'], { threads, signal: AbortSignal.abort(reason) });
      await expect(digests).rejects.toBe(reason);
    });
  });

  describe('a tree', () => {
    const files = { 'a.fits': 10, 'sub/b.fits': 300_000, 'sub/deeper/ü.fits': 0, 'z.fits': 5_000_000 };
    const makeTree = async () => {
      const path = newName();
      const contents = new Map<string, Buffer>();
      for (const [name, size] of Object.entries(files)) {
        contents.set(name, randomBytes(size));
        await storage().put(`${path}/${name}`, contents.get(name) ?? Buffer.alloc(0));
      }
      return { path, contents };
    };

    test('is measured, in a version that changes with each file', async () => {
      const { path } = await makeTree();
      await using source = await openTree(path);
      const before = await source.measure({ threads, signal });
      expect(before).toMatchObject({ files: 4, bytes: 5_300_010 });
      expect(await source.measure({ threads, signal })).toEqual(before);
      await storage().put(`${path}/sub/b.fits`, randomBytes(300_000));
      const written = await source.measure({ threads, signal });
      await storage().put(`${path}/sub/new`, randomBytes(1));
      const grown = await source.measure({ threads, signal });
      expect(new Set([before.entityTag, written.entityTag, grown.entityTag]).size).toBe(3);
      expect(grown).toMatchObject({ files: 5, bytes: 5_300_011 });
    });

    test('is walked folder by folder, and each file is read', async () => {
      const { path, contents } = await makeTree();
      await using source = await openTree(path);
      expect(textOf(source.name)).toBe(path);
      const open: string[] = [];
      const found = new Map<string, Buffer>();
      for await (const step of source.steps(signal)) {
        const at = textOf(step.path.join('/'));
        if (step.kind === 'enter') open.push(at);
        else if (step.kind === 'leave') expect(open.pop()).toBe(at);
        else {
          expect(textOf(step.path.slice(0, -1).join('/'))).toBe(open.at(-1));
          await using file = await step.open();
          const bytes = Buffer.alloc(file.sizeBytes);
          await file.read(bytes, 0, signal);
          found.set(at, bytes);
        }
      }
      expect(open).toEqual([]);
      expect(new Map([...found].sort())).toEqual(new Map([...contents].sort()));
    });

    test('is copied completely and read-only', async () => {
      const { path, contents } = await makeTree();
      await using source = await openTree(path);
      const name = newName();
      await using folder = await makeClosedDirectory(workspace, fileName(name));
      const progress = new Progress();
      await source.copyTo(folder, { progress, signal, threads, owner: undefined });
      const copied = await readdir(inWorkspace(name), { recursive: true, withFileTypes: true });
      const copiedFiles = copied.filter((entry) => entry.isFile());
      expect(copiedFiles).toHaveLength(4);
      for (const [file, bytes] of contents) {
        expect((await readFile(inWorkspace(name, file))).equals(bytes)).toBe(true);
        expect((await lstat(inWorkspace(name, file))).mode & 0o777).toBe(0o400);
      }
      const folders = ['.', 'sub', 'sub/deeper'].map((at) => lstat(inWorkspace(name, at)));
      expect((await Promise.all(folders)).map(({ mode }) => mode & 0o777)).toEqual([0o500, 0o500, 0o500]);
      expect([progress.filesDone, progress.bytesDone]).toEqual([4, 5_300_010]);
    });
  });

  test('a missing source is not found', async () => {
    await expect(storage().openFile(`${newName()}/nothing`)).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
    });
    await expect(storage().openTree(newName())).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  });
}
