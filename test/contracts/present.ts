import { appendFile, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ReachableService } from '../services/staging/stagingService.ts';
import { clientOf } from './httpClient.ts';

/** The comparison of existing data with the current version of the source. */
export function presentContract(service: () => ReachableService): void {
  const client = () => clientOf(service().url);
  let number = 0;
  let name = '';
  beforeEach(() => {
    number += 1;
    name = `present-${number}`;
  });
  const source = (...names: string[]) => join(service().sourceStorage, name, ...names);
  const target = (...names: string[]) => join(service().userAreas, 'petra', name, ...names);
  const stage = async (method: string, from: string, to = from) => {
    const { status, ...answer } = await client().stage(method, `${name}/${from}`, `${name}/${to}`, 'petra');
    expect(status).toBe(200);
    return answer.staged();
  };
  const presence = async (method: string, from: string, to?: string) =>
    (await stage(method, from, to)).operation.present;
  const makeTree = async (...names: string[]) => {
    await mkdir(source(...names, 'inside'), { recursive: true });
    await writeFile(source(...names, 'one'), 'one');
    await writeFile(source(...names, 'inside', 'two'), 'two');
  };

  describe.each(['local_copy', 'symlink_copy'])('%s', (method) => {
    test('a file of the current version of the source is the same', async () => {
      await makeTree();
      expect(await presence(method, 'one')).toBeNull();
      const { message, operation } = await stage(method, 'one');
      expect([message, operation.present]).toEqual([`Data already available at ${target('one')}`, 'same']);
      expect(await client().operation(operation.id)).toMatchObject({ present: 'same' });
    });

    test('a file whose source was replaced differs, and is not touched', async () => {
      await makeTree();
      await stage(method, 'one');
      await writeFile(source('new'), 'newer');
      await rename(source('new'), source('one'));
      const { message, operation } = await stage(method, 'one');
      expect(message).toMatch(
        `Data already available at ${target('one')}. It is not the current version of the source`,
      );
      expect(operation).toMatchObject({ outcome: 'already_present', present: 'differs' });
      expect(await readFile(target('one'), 'utf8')).toBe('one');
      const csv = (await client().get('/operations?format=csv&limit=1')).text.split('\r\n');
      const column = csv[0]?.split(',').indexOf('present') ?? -1;
      expect(csv[1]?.split(',')[column]).toBe('differs');
    });

    test('a file of another source differs', async () => {
      await makeTree();
      await stage(method, 'one', 'target');
      expect(await presence(method, 'inside/two', 'target')).toBe('differs');
    });

    test('a tree is the same until a file of it is replaced or added', async () => {
      await makeTree('tree');
      await stage(method, 'tree');
      expect(await presence(method, 'tree')).toBe('same');
      await writeFile(source('tree', 'inside', 'three'), 'three');
      expect(await presence(method, 'tree')).toBe('differs');
      await rm(source('tree', 'inside', 'three'));
      expect(await presence(method, 'tree')).toBe('same');
      await cp(source('tree', 'inside', 'two'), source('new'));
      await rename(source('new'), source('tree', 'inside', 'two'));
      expect(await presence(method, 'tree')).toBe('differs');
    });

    test('data from elsewhere is unknown', async () => {
      await makeTree('tree');
      await mkdir(target('tree'), { recursive: true });
      await writeFile(target('one'), 'mine');
      await writeFile(source('one'), 'one');
      expect([await presence(method, 'one'), await presence(method, 'tree')]).toEqual(['unknown', 'unknown']);
    });
  });

  test('a copy whose source was written to differs, and a hard link is the same', async () => {
    await makeTree('tree');
    for (const what of ['tree', 'tree/one']) {
      await stage('local_copy', what, `copy-of-${what.replace('/', '-')}`);
      await stage('symlink_copy', what, `link-to-${what.replace('/', '-')}`);
    }
    await appendFile(source('tree', 'one'), ' more');
    for (const what of ['tree', 'tree/one']) {
      expect(await presence('local_copy', what, `copy-of-${what.replace('/', '-')}`)).toBe('differs');
      expect(await presence('symlink_copy', what, `link-to-${what.replace('/', '-')}`)).toBe('same');
    }
  });

  test('a file that its owner has replaced since is unknown', async () => {
    await makeTree();
    await stage('local_copy', 'one');
    await rm(target('one'), { force: true });
    await writeFile(target('one'), 'mine');
    expect(await presence('local_copy', 'one')).toBe('unknown');
  });
}
