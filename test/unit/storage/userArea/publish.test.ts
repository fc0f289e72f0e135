import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fileName } from '../../../../shared/model/fileName.ts';
import { attemptOf, partNames } from '../../../../shared/storage/copy/partNames.ts';
import { openDirectoryAt } from '../../../../shared/storage/mounted/openAt.ts';
import { makeClosedDirectory } from '../../../../shared/storage/userArea/closedDirectory.ts';
import { publishFile, publishTree } from '../../../../shared/storage/userArea/publish.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'publish-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const obstacle = fc.constantFrom('nothing', 'file', 'empty folder', 'full folder', 'link', 'dangling link');
const kind = fc.constantFrom('file', 'tree');
const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 60 })
  .filter((text) => !/[/\0]/.test(text) && text.isWellFormed() && !['.', '..'].includes(text));

/** Creates an obstacle at a name, and returns how to check that it was not touched. */
async function place(what: string, path: string): Promise<void> {
  if (what === 'file') await writeFile(path, 'old');
  if (what === 'empty folder') await mkdir(path);
  if (what === 'full folder') await mkdir(join(path, 'inside'), { recursive: true });
  if (what === 'link') await symlink('.', path);
  if (what === 'dangling link') await symlink('nowhere', path);
}

async function makePart(sort: string, path: string, content: string): Promise<void> {
  if (sort === 'file') return writeFile(path, content);
  await mkdir(path);
  await writeFile(join(path, 'inside.txt'), content);
}

describe('publishing', () => {
  test('never replaces anything, and reports it; a free name gets all of the data', async () => {
    let turn = 0;
    await fc.assert(
      fc.asyncProperty(name, kind, obstacle, async (text, sort, what) => {
        const folder = join(root, `turn-${turn++}`);
        await mkdir(folder);
        await using directory = await openDirectoryAt(folder, []);
        await using top = await openDirectoryAt(root, []);
        await using workspace = await makeClosedDirectory(top, fileName('.staging'));
        const part = fileName('01a20a18-fadf-7357-b1ff-12091a8ad6c7.1.part');
        await rm(join(root, '.staging', part), { recursive: true, force: true });
        await makePart(sort, join(root, '.staging', part), 'new');
        await place(what, join(folder, text));
        const publish = sort === 'file' ? publishFile : publishTree;
        const { outcome, inode } = await publish({
          workspace,
          part,
          folder: directory,
          name: fileName(text),
        });
        expect(outcome).toBe(what === 'nothing' ? 'staged' : 'already_present');
        if (what === 'file') expect(await readFile(join(folder, text), 'utf8')).toBe('old');
        if (what === 'empty folder') expect(await readdir(join(folder, text))).toEqual([]);
        if (what === 'nothing') {
          expect(await readdir(folder)).toEqual([text]);
          const path = sort === 'file' ? join(folder, text) : join(folder, text, 'inside.txt');
          expect(await readFile(path, 'utf8')).toBe('new');
          const { dev, ino } = await lstat(join(folder, text), { bigint: true });
          expect(inode).toBe(`${dev}:${ino}`);
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test('of many concurrent ones for one name exactly one succeeds, and its data is complete', async () => {
    let turn = 0;
    await fc.assert(
      fc.asyncProperty(kind, fc.integer({ min: 2, max: 12 }), async (sort, rivals) => {
        const folder = join(root, `race-${turn++}`);
        const workspaces = `${folder}-workspaces`;
        await mkdir(folder);
        await mkdir(workspaces);
        await using top = await openDirectoryAt(workspaces, []);
        await using workspace = await makeClosedDirectory(top, fileName('.staging'));
        await using directory = await openDirectoryAt(folder, []);
        const publish = sort === 'file' ? publishFile : publishTree;
        const outcomes = await Promise.all(
          Array.from({ length: rivals }, async (_, rival) => {
            const part = fileName(`rival-${rival}`);
            await makePart(sort, join(workspaces, '.staging', part), `data of ${rival}`);
            return (await publish({ workspace, part, folder: directory, name: fileName('x') })).outcome;
          }),
        );
        const winner = outcomes.indexOf('staged');
        expect(outcomes.filter((outcome) => outcome === 'staged')).toHaveLength(1);
        const path = sort === 'file' ? join(folder, 'x') : join(folder, 'x', 'inside.txt');
        expect(await readFile(path, 'utf8')).toBe(`data of ${winner}`);
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  test('each attempt has its own names, which identify it', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 1, max: 50 }), (id, attempts) => {
        const all = partNames(id, attempts);
        expect(all.map(({ part }) => attemptOf(part))).toEqual(all.map((_, index) => attempts - index));
        const names = all.flatMap((each) => Object.values(each));
        expect(new Set(names).size).toBe(4 * attempts);
        expect(names.every((name) => name.startsWith(`${id}.`))).toBe(true);
      }),
    );
  });
});
