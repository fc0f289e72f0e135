import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fileName } from '../../../../shared/model/fileName.ts';
import { partName } from '../../../../shared/storage/copy/partNames.ts';
import { openDirectoryAt } from '../../../../shared/storage/mounted/openAt.ts';
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

/** Puts something in the way of a name, and tells how to see that it was not touched. */
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
  test('never replaces anything, and says so; a free name gets all of the data', async () => {
    let turn = 0;
    await fc.assert(
      fc.asyncProperty(name, kind, obstacle, async (text, sort, what) => {
        const folder = join(root, `turn-${turn++}`);
        await mkdir(folder);
        await using directory = await openDirectoryAt(folder, []);
        const part = partName(fileName(text), '01a20a18-fadf-7357-b1ff-12091a8ad6c7');
        await makePart(sort, join(folder, Buffer.from(part, 'latin1').toString()), 'new');
        await place(what, join(folder, text));
        const publish = sort === 'file' ? publishFile : publishTree;
        const outcome = await publish(directory, part, fileName(text));
        expect(outcome).toBe(what === 'nothing' ? 'staged' : 'already_present');
        if (what === 'file') expect(await readFile(join(folder, text), 'utf8')).toBe('old');
        if (what === 'empty folder') expect(await readdir(join(folder, text))).toEqual([]);
        if (what === 'nothing') {
          expect(await readdir(folder)).toEqual([text]);
          const path = sort === 'file' ? join(folder, text) : join(folder, text, 'inside.txt');
          expect(await readFile(path, 'utf8')).toBe('new');
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test('of many at once for one name exactly one wins, and what is there is its data, whole', async () => {
    let turn = 0;
    await fc.assert(
      fc.asyncProperty(kind, fc.integer({ min: 2, max: 12 }), async (sort, rivals) => {
        const folder = join(root, `race-${turn++}`);
        await mkdir(folder);
        await using directory = await openDirectoryAt(folder, []);
        const publish = sort === 'file' ? publishFile : publishTree;
        const outcomes = await Promise.all(
          Array.from({ length: rivals }, async (_, rival) => {
            const part = partName(fileName('x'), `rival-${rival}`);
            await makePart(sort, join(folder, part), `data of ${rival}`);
            return publish(directory, part, fileName('x'));
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

  test('a part name is hidden, no longer than a name may be, and its operation’s own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 250 }), fc.uuid(), (text, id) => {
        if (/[/\0]/.test(text) || Buffer.byteLength(text) > 255) return;
        const part = partName(fileName(text), id);
        expect(part.startsWith('.')).toBe(true);
        expect(part.endsWith(`.${id}.part`)).toBe(true);
        expect(part.length).toBeLessThanOrEqual(255);
      }),
    );
  });
});
