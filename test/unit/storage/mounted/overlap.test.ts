import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { doOverlap } from '../../../../shared/storage/mounted/overlap.ts';
import { describeWithMount, unmount } from '../../../services/disks/smallFileSystem.ts';

let root: string;
const at = (...names: string[]) => join(root, ...names);
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'overlap-'));
  await mkdir(at('source', 'with blank'), { recursive: true });
  await mkdir(at('areas', 'alice', 'data'), { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

test('storages side by side do not overlap, even if one name is a prefix of the other', async () => {
  await mkdir(at('source-two'));
  expect(await doOverlap(at('source'), at('areas'))).toBe(false);
  expect(await doOverlap(at('source'), at('source-two'))).toBe(false);
});

test('a storage overlaps with itself, and with folders in it', async () => {
  expect(await doOverlap(at('source'), at('source'))).toBe(true);
  expect(await doOverlap(at('source'), at('source', 'with blank'))).toBe(true);
  expect(await doOverlap(at('areas', 'alice'), at('areas'))).toBe(true);
});

test('a link to the other storage overlaps with it', async () => {
  await symlink(at('source', 'with blank'), at('linked'));
  expect(await doOverlap(at('source'), at('linked'))).toBe(true);
});

describeWithMount('with mounts of its own (needs root)', () => {
  const whileMounted = async (from: string, to: string, work: () => Promise<void>) => {
    execFileSync('mount', ['--bind', from, to]);
    try {
      await work();
    } finally {
      unmount(to);
    }
  };

  test('a storage that is a mount of a part of the other overlaps with it', () =>
    whileMounted(at('source', 'with blank'), at('areas'), async () => {
      expect(await doOverlap(at('source'), at('areas'))).toBe(true);
    }));

  test('so does one with such a mount somewhere beneath it', () =>
    whileMounted(at('source'), at('areas', 'alice', 'data'), async () => {
      expect(await doOverlap(at('source', 'with blank'), at('areas'))).toBe(true);
    }));

  test('an unrelated mount changes nothing', async () => {
    await mkdir(at('elsewhere'));
    await whileMounted(at('elsewhere'), at('areas', 'alice', 'data'), async () => {
      expect(await doOverlap(at('source'), at('areas'))).toBe(false);
    });
  });
});
