import { createHash } from 'node:crypto';
import {
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { readMeasurementSet } from '../services/astronomy/casacore.ts';
import { describeWith } from '../services/describeWith.ts';
import type { ReachableService } from '../services/staging/stagingService.ts';
import { inTheMaking } from '../services/staging/workspaces.ts';
import { clientOf } from './httpClient.ts';

const measurementSet = fileURLToPath(new URL('../fixtures/vla_3ant.ms', import.meta.url));

/** Staging by the methods that need only mounted storage, over HTTP and on a real file system. */
export function stagingContract(service: () => ReachableService): void {
  const client = () => clientOf(service().url);
  const source = (...names: string[]) => join(service().sourceStorage, ...names);
  const target = (...names: string[]) => join(service().userAreas, ...names);

  test('local_copy stages a complete, read-only copy into the user area and records its digests', async () => {
    const content = Buffer.from('visibilities\u0000\u0001\u00ff', 'latin1');
    await writeFile(source('a.bin'), content);
    const answer = await client().stage('local_copy', 'a.bin', 'project/a.bin');
    expect(answer.status).toBe(200);
    const { message, operation } = answer.staged();
    expect(message).toBe('Data staged for user alice with method local_copy');
    expect(await readFile(target('alice', 'project', 'a.bin'))).toEqual(content);
    expect((await stat(target('alice', 'project', 'a.bin'))).mode & 0o7777).toBe(0o400);
    expect(await client().operation(operation.id)).toMatchObject({
      phase: 'COMPLETED',
      outcome: 'staged',
      method: 'local_copy',
      username: 'alice',
      bytes_done: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      adler32: adler32(content),
    });
    expect(await readdir(target('alice', 'project'))).toEqual(['a.bin']);
  });

  test('a compressed body is read like any other', async () => {
    await writeFile(source('zipped'), 'zipped');
    const body = gzipSync(JSON.stringify({ local_path_on_storage: 'zipped', relative_path: 'zipped ☃' }));
    const headers = { 'content-encoding': 'gzip' };
    expect((await client().post('/stage/local?username=alice', body, headers)).status).toBe(200);
    expect(await readFile(target('alice', 'zipped ☃'), 'utf8')).toBe('zipped');
  });

  test('JSON without a content type is read as JSON, as clients of the first service send it', async () => {
    await writeFile(source('untyped'), 'untyped');
    const send = (path: string, body: string) =>
      fetch(service().url + path, { method: 'POST', body: new TextEncoder().encode(body) });
    const item = JSON.stringify({ local_path_on_storage: 'untyped', relative_path: 'untyped' });
    for (const path of ['/stage_data', '/stage-data/']) {
      expect([path, (await send(`${path}?method=local_copy&username=uwe`, item)).status]).toEqual([
        path,
        200,
      ]);
    }
    expect(await readFile(target('uwe', 'untyped'), 'utf8')).toBe('untyped');
    for (const body of ['{"local_path_on_storage":', '', 'local_path_on_storage=untyped']) {
      const answer = await send('/stage_data?method=local_copy&username=uwe', body);
      expect([body, answer.status]).toEqual([body, 422]);
      expect(await answer.json()).toMatchObject({ code: 'BODY_INVALID' });
    }
    const created = await send('/create-file/', JSON.stringify({ filename: 'untyped-too', content: 'x' }));
    // A gateway may set the type of bytes, which then have no name.
    expect([200, 422]).toContain(created.status);
    if (created.status === 200) expect(await readFile(source('untyped-too'), 'utf8')).toBe('x');
  });

  test('an empty file is staged like any other', async () => {
    await writeFile(source('empty'), '');
    const { operation } = (await client().stage('local_copy', 'empty', 'empty')).staged();
    expect(operation).toMatchObject({ bytes_done: 0, adler32: '00000001' });
    expect((await stat(target('alice', 'empty'))).size).toBe(0);
  });

  test('present data is not touched and reported as available', async () => {
    await writeFile(source('b'), 'new');
    await mkdir(target('bob'), { recursive: true });
    await writeFile(target('bob', 'b'), 'mine');
    const answer = await client().stage('local_copy', 'b', 'b', 'bob');
    expect(answer.staged()).toMatchObject({
      message: `Data already available at ${target('bob', 'b')}`,
      operation: { outcome: 'already_present' },
    });
    expect(await readFile(target('bob', 'b'), 'utf8')).toBe('mine');
  });

  test('an empty directory at the target counts as present, and is not replaced', async () => {
    await mkdir(source('tree-b'), { recursive: true });
    await writeFile(source('tree-b', 'x'), 'x');
    await mkdir(target('bob', 'taken'), { recursive: true });
    const answer = await client().stage('local_copy', 'tree-b', 'taken', 'bob');
    expect(answer.staged().operation.outcome).toBe('already_present');
    expect(await readdir(target('bob', 'taken'))).toEqual([]);
  });

  test("present data with another digest than the caller's is a conflict", async () => {
    await writeFile(source('c'), 'right');
    await mkdir(target('bob'), { recursive: true });
    await writeFile(target('bob', 'c'), 'wrong');
    const sha256 = createHash('sha256').update('right').digest('hex');
    const body = { local_path_on_storage: 'c', relative_path: 'c', sha256 };
    const answer = await client().post('/stage/local?username=bob', body);
    expect(answer.status).toBe(409);
    expect(answer.problem().code).toBe('TARGET_DIFFERS');
  });

  test('nobody can guess the contents of a file that the service has not staged', async () => {
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    await writeFile(source('guess'), 'a guess');
    await mkdir(target('paul'), { recursive: true });
    await writeFile(target('paul', 'pin'), '4711', { mode: 0o600 });
    const guess = async (pin: string, endpoint = '/stage/local') => {
      const body = { local_path_on_storage: 'guess', relative_path: 'pin', sha256: sha256(pin) };
      const answer = await client().post(`${endpoint}?username=paul`, body);
      return { status: answer.status, code: answer.problem().code, detail: answer.problem().detail };
    };
    const wrong = await guess('0000');
    expect(wrong).toMatchObject({ status: 409, code: 'TARGET_DIFFERS' });
    expect(wrong.detail).not.toContain(sha256('4711'));
    expect([await guess('4711'), await guess('4711', '/stage/symlink')]).toEqual([wrong, wrong]);
    const { text } = await client().get('/operations?username=paul');
    expect(text).not.toContain(sha256('4711'));
  });

  test.each(['local_copy', 'symlink_copy'])(
    'data staged by %s is compared with a digest, if it is unchanged, and its digest is never revealed',
    async (method) => {
      const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
      const name = `own-${method}`;
      await writeFile(source(name), 'data');
      const ask = (text: string, relativePath = `in/${name}`) =>
        client().post(`/stage_data?method=${method}&username=petra`, {
          local_path_on_storage: name,
          relative_path: relativePath,
          sha256: sha256(text),
        });
      const { operation } = (await ask('data')).staged();
      // Links have no bytes of their own that could be compared.
      if (operation.link_type === 'symbolic') return;
      const again = (await ask('data', `./in//${name}`)).staged();
      expect(again.operation).toMatchObject({ outcome: 'already_present', sha256: sha256('data') });
      await rm(source(name));
      await writeFile(source(name), 'new data');
      const other = await ask('new data');
      expect(other.problem()).toMatchObject({ code: 'TARGET_DIFFERS' });
      expect(other.problem().detail).toContain('is not the');
      expect(other.text).not.toContain(sha256('data'));
      await rm(target('petra', 'in', name));
      await writeFile(target('petra', 'in', name), '4711');
      expect((await ask('4711')).problem().detail).toContain('not put there by this service');
    },
  );

  test("data with another digest than the caller's is not published", async () => {
    await writeFile(source('d'), 'damaged');
    const body = { local_path_on_storage: 'd', relative_path: 'd', adler32: '12345678' };
    for (const endpoint of ['/stage/local', '/stage/symlink']) {
      const answer = await client().post(`${endpoint}?username=dora`, body);
      expect([answer.status, answer.problem().code]).toEqual([409, 'DIGEST_MISMATCH']);
    }
    expect(await readdir(target('dora')).catch(() => [])).toEqual([]);
    expect(await inTheMaking(target())).toEqual([]);
  });

  describeWith('casacore', 'a MeasurementSet', (casacore) => {
    test.each(['local_copy', 'symlink_copy'])(
      'staged by %s has the same bytes and opens read-only',
      async (method) => {
        await cp(measurementSet, source('vla.ms'), { recursive: true });
        const { operation } = (await client().stage(method, 'vla.ms', `${method}/vla.ms`)).staged();
        expect(operation.files_done).toBe((await filesOf(measurementSet)).length);
        const staged = target('alice', method, 'vla.ms');
        for (const file of await filesOf(measurementSet)) {
          expect(await readFile(join(staged, file))).toEqual(await readFile(join(measurementSet, file)));
          expect((await stat(join(staged, file))).mode & 0o222).toBe(0);
        }
        expect((await stat(staged)).mode & 0o7777).toBe(0o500);
        expect(readMeasurementSet(casacore, staged)).toBe(readMeasurementSet(casacore, measurementSet));
      },
    );
  });

  test('a directory is copied with unusual names, and with links as their targets', async () => {
    await mkdir(source('odd', 'empty folder', 'deeper'), { recursive: true });
    await writeFile(source('odd', 'naïve \n name'), '1');
    await writeFile(Buffer.concat([Buffer.from(`${source('odd')}/latin1-`), Buffer.from([0xe9])]), '2');
    await writeFile(source('elsewhere'), 'linked');
    await symlink('../elsewhere', source('odd', 'link'));
    await symlink(source('odd', 'empty folder'), source('odd', 'folder-link'));
    const { operation } = (await client().stage('local_copy', 'odd', 'odd', 'carol')).staged();
    expect(operation).toMatchObject({ files_done: 3, files_total: 3, bytes_done: 8, bytes_total: 8 });
    const names = await readdir(target('carol', 'odd'), 'latin1');
    expect(names).toContain('latin1-\u00e9');
    expect((await lstat(target('carol', 'odd', 'link'))).isFile()).toBe(true);
    expect(await readFile(target('carol', 'odd', 'link'), 'utf8')).toBe('linked');
    expect(await readdir(target('carol', 'odd', 'folder-link'))).toEqual(['deeper']);
  });

  test('circular links are a clear error, and nothing is left behind', async () => {
    await mkdir(source('circle', 'inner'), { recursive: true });
    await symlink('..', source('circle', 'inner', 'up'));
    const answer = await client().stage('local_copy', 'circle', 'circle', 'carl');
    expect([answer.status, answer.problem().code]).toEqual([400, 'SOURCE_LINK_LOOP']);
  });

  test('the folder of the service is neither staged nor staged into', async () => {
    await client().post('/create-file/', { filename: 'created.txt', content: 'x' });
    const answer = await client().stage('local_copy', '.staging', 'workspace');
    expect(answer.problem().code).toBe('SOURCE_NOT_FOUND');
    const refused = await client().stage('local_copy', 'created.txt', '.staging/created.txt');
    expect(refused.problem().code).toBe('PATH_INVALID');
  });

  test('symlink_copy makes a hard link on one file system, and removes the write bits of the source', async () => {
    await writeFile(source('shared.fits'), 'data', { mode: 0o664 });
    const { operation, message } = (
      await client().stage('local_symlink', 'shared.fits', 'shared.fits')
    ).staged();
    expect(message).toBe('Data staged for user alice with method local_symlink');
    expect(operation).toMatchObject({ method: 'symlink_copy', link_type: 'hard', bytes_done: 4 });
    const [one, other] = await Promise.all([
      lstat(source('shared.fits')),
      lstat(target('alice', 'shared.fits')),
    ]);
    expect(other.ino).toBe(one.ino);
    expect(other.mode & 0o7777).toBe(0o444);
  });

  test('ten concurrent identical requests create one file, one staged and nine already present', async () => {
    await writeFile(source('popular'), Buffer.alloc(3_000_000, 'x'));
    const requests = Array.from({ length: 10 }, () =>
      client().stage('local_copy', 'popular', 'ten/popular', 'ten'),
    );
    const answers = await Promise.all(requests);
    const outcomes = answers.map((answer) => answer.staged().operation.outcome).sort();
    expect(outcomes).toEqual([...Array.from({ length: 9 }, () => 'already_present'), 'staged']);
    expect(await readdir(target('ten', 'ten'))).toEqual(['popular']);
    expect(await client().operations('&username=ten')).toHaveLength(10);
  });

  test('a directory link is symbolic when links are symbolic, and leads to the source itself', async () => {
    const answer = await client().stage('symlink_copy', 'tree-b', 'which-link');
    const { link_type: kind } = answer.staged().operation;
    const entry = await lstat(target('alice', 'which-link'));
    expect(entry.isSymbolicLink()).toBe(kind === 'symbolic');
    if (kind === 'symbolic') expect(await readlink(target('alice', 'which-link'))).toBe(source('tree-b'));
  });
}

/** Adler-32 as RFC 1950 §9 defines it, slow but simple. */
function adler32(bytes: Buffer): string {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return (((b << 16) | a) >>> 0).toString(16).padStart(8, '0');
}

async function filesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}
