import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StagingError } from '../../../../shared/errors/stagingError.ts';
import { parseSourcePath } from '../../../../shared/model/paths.ts';
import { createSourceStorage } from '../../../../shared/storage/mounted/sourceStorage.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'source-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const part = fc.constantFrom('a', 'b', 'c', '..', '.', 'file');
const target = fc
  .tuple(
    fc.constantFrom('', '/', '%ROOT%/storage/', '%ROOT%/outside/'),
    fc.array(part, { minLength: 1, maxLength: 4 }),
  )
  .map(([start, parts]) => start + parts.join('/'));
const links = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd/a', 'd/b', 'd/e/c'), target), {
  maxLength: 6,
});
const wanted = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'file', '.'), {
  minLength: 1,
  maxLength: 5,
});

test('nothing outside the storage is ever opened, with any symbolic links in it', async () => {
  let turn = 0;
  await fc.assert(
    fc.asyncProperty(links, wanted, async (made, names) => {
      const base = join(root, String(turn++));
      const storagePath = join(base, 'storage');
      await mkdir(join(storagePath, 'd', 'e'), { recursive: true });
      await mkdir(join(base, 'outside'));
      await writeFile(join(base, 'outside', 'file'), 'secret');
      await writeFile(join(base, 'file'), 'secret');
      await writeFile(join(storagePath, 'file'), 'public');
      await writeFile(join(storagePath, 'd', 'e', 'file'), 'public');
      for (const [name, text] of made) {
        await symlink(text.replace('%ROOT%', base), join(storagePath, name)).catch(() => undefined);
      }
      const storage = createSourceStorage(storagePath);
      try {
        await using source = await storage.open(parseSourcePath(names.join('/'), storagePath));
        if (source.kind === 'file') expect(await source.handle.readFile('utf8')).toBe('public');
        const real = ['storage', ...source.location].join('/');
        expect(['storage', 'storage/d', 'storage/d/e', 'storage/file', 'storage/d/e/file']).toContain(real);
      } catch (error) {
        if (!(error instanceof StagingError)) throw error;
        const refusals = ['PATH_OUTSIDE_STORAGE', 'SOURCE_NOT_FOUND', 'SOURCE_LINK_LOOP'];
        expect(refusals).toContain(error.code);
      }
    }),
    { numRuns: 400 },
  );
}, 60_000);

test('a folder that is moved away and replaced by a link while it is open stays the same folder', async () => {
  const base = join(root, 'swap');
  const storagePath = join(base, 'storage');
  await mkdir(join(storagePath, 'folder'), { recursive: true });
  await mkdir(join(base, 'outside'));
  await writeFile(join(storagePath, 'folder', 'x'), 'public');
  await writeFile(join(base, 'outside', 'x'), 'secret');
  const storage = createSourceStorage(storagePath);
  await using folder = await storage.open(parseSourcePath('folder', storagePath));
  await rename(join(storagePath, 'folder'), join(storagePath, 'moved'));
  await symlink(join(base, 'outside'), join(storagePath, 'folder'));
  await expect(storage.open(parseSourcePath('folder/x', storagePath))).rejects.toThrow(StagingError);
  if (folder.kind !== 'directory') throw new Error('It was opened as a folder');
  const [name] = parseSourcePath('x', storagePath).names;
  if (!name) throw new Error('It has a name');
  await expect(storage.openEntry(folder, name)).rejects.toThrow(StagingError);
});
