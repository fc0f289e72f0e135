import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { ReachableService } from '../services/staging/stagingService.ts';
import { inTheMaking } from '../services/staging/workspaces.ts';
import { type Exceptions, testExcept } from './exceptions.ts';
import { clientOf } from './httpClient.ts';

const unknownId = '01a209e7-8b77-7024-8304-cbb11471d800';

/** Hostile requests: each is answered with a clear 4xx, has no effect, and leaves one row. */
export function hostileContract(service: () => ReachableService, exceptions: Exceptions = {}): void {
  const testOrSkip = testExcept(exceptions);
  const client = () => clientOf(service().url);
  const source = (...names: string[]) => join(service().sourceStorage, ...names);
  const target = (...names: string[]) => join(service().userAreas, ...names);
  const outside = (...names: string[]) => join(service().sourceStorage, '..', 'outside', ...names);
  const rowCount = async () => (await client().operations()).length;

  beforeAll(async () => {
    await mkdir(outside());
    await writeFile(outside('secret'), 'secret');
    await writeFile(source('plain'), 'plain');
    await mkdir(target('mallory'));
  });

  const long = 'x'.repeat(256);
  test.each([
    ['..', '../outside/secret', 'x', 403],
    ['.. in the middle', 'a/../../outside/secret', 'x', 403],
    ['an absolute path outside', '/etc/passwd', 'x', 403],
    ['the storage as a mere prefix', '%SOURCE%-other/secret', 'x', 403],
    ['an encoded ..', '%2e%2e%2foutside%2fsecret', 'x', 403],
    ['NUL in the source', 'plain\u0000.fits', 'x', 400],
    ['a long source name', long, 'x', 400],
    ['a long source path', 'd/'.repeat(3000), 'x', 400],
    ['an unpaired surrogate', '\ud800', 'x', 400],
    ['.. in the target', 'plain', '../alice/x', 403],
    ['an encoded .. in the target', 'plain', '%2e%2e%2fx', 403],
    ['an encoded .. in the target, in capitals', 'plain', 'a/%2E%2E/%2E./x', 403],
    ['NUL in the target', 'plain', 'x\u0000y', 400],
    ['a line feed in the target', 'plain', 'x\ny', 400],
    ['a long target name', 'plain', long, 400],
    ['no target', 'plain', '', 400],
    ['the user area itself', 'plain', '/./', 400],
    ['a hidden file', 'plain', '.bashrc', 403],
    ['a file in a hidden folder', 'plain', '.ssh/authorized_keys', 403],
    ['a hidden file, in other words', 'plain', '/.//./.profile', 403],
    ['the workspace', 'plain', '.staging/x', 400],
    ['what may be the workspace of a mount', 'plain', 'a/b/.staging', 400],
  ])('%s', async (_title, localPath, relativePath, status) => {
    const before = await rowCount();
    for (const method of ['local_copy', 'symlink_copy']) {
      const path = localPath.replace('%SOURCE%', service().sourceStorage);
      const answer = await client().stage(method, path, relativePath, 'mallory');
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      const { operation_id: id, remedy } = answer.problem();
      expect(remedy).not.toBe('');
      expect(await client().operation(id ?? '')).toMatchObject({
        phase: 'ERROR',
        method,
        username: 'mallory',
      });
    }
    expect(await rowCount()).toBe(before + 2);
    expect(await readdir(target('mallory')).catch(() => [])).toEqual([]);
    expect(await inTheMaking(target())).toEqual([]);
  });

  test('hidden files of users cannot be targets of any method, in batches and as jobs, too', async () => {
    const hidden = '.ssh/authorized_keys';
    const item = { local_path_on_storage: 'plain', relative_path: hidden };
    for (const path of ['/stage/local', '/stage/symlink', '/stage/jupyter']) {
      const answer = await client().post(`${path}?username=mallory`, item);
      expect([path, answer.status, answer.problem().code]).toEqual([path, 403, 'TARGET_HIDDEN']);
    }
    const batch = (body: object) => client().post('/batches?method=local_copy&username=mallory', body);
    const listed = await batch({ items: [item] });
    expect(listed.problem().errors?.[0]?.path).toBe('items.0.relative_path');
    const items = [{ ...item, relative_path: '.config/autostart/x' }];
    expect((await batch({ items, relative_path: '.config', all_or_nothing: true })).status).toBe(403);
    await mkdir(source('autostart'));
    await writeFile(source('autostart', 'x'), 'x');
    expect((await batch({ directory: 'autostart', relative_path: '.config/autostart' })).status).toBe(403);
    const job = new URLSearchParams({ ...item, method: 'local_copy', username: 'mallory', phase: 'RUN' });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await client().post('/uws/jobs', String(job), form)).problem().code).toBe('TARGET_HIDDEN');
    expect(await readdir(target('mallory')).catch(() => [])).toEqual([]);
  });

  test.each([
    'a/b',
    '..',
    '.',
    '',
    '.hidden',
    '-dash',
    'new\nline',
    'nul\u0000',
    'x'.repeat(129),
    '../alice',
    '%2e%2e',
  ])('the user name %j is refused, recorded, and makes no user area', async (username) => {
    const before = [await rowCount(), await readdir(target())];
    const answer = await client().stage('local_copy', 'plain', 'x', username);
    expect([answer.status, answer.problem().errors?.[0]?.path]).toEqual([422, 'query.username']);
    expect([await rowCount(), await readdir(target())]).toEqual([Number(before[0]) + 1, before[1]]);
  });

  test('a source link that leads out of the storage, directly, through a folder, or from within a tree', async () => {
    await symlink('../outside/secret', source('out'));
    await symlink('/etc', source('etc'));
    await mkdir(source('trap'));
    await symlink('../../outside', source('trap', 'folder'));
    await symlink('nowhere', source('dangling'));
    for (const method of ['local_copy', 'symlink_copy', 'direct_download']) {
      for (const path of ['out', 'etc/passwd', 'trap/folder/secret']) {
        const answer = await client().stage(method, path, 'stolen', 'mallory');
        expect([path, answer.status, answer.problem().code]).toEqual([path, 403, 'PATH_OUTSIDE_STORAGE']);
      }
      expect((await client().stage(method, 'dangling', 'x', 'mallory')).problem().code).toBe(
        'SOURCE_NOT_FOUND',
      );
    }
    for (const method of ['local_copy', 'symlink_copy']) {
      expect((await client().stage(method, 'trap', 'stolen', 'mallory')).status).toBe(403);
    }
    expect(await readdir(target('mallory')).catch(() => [])).toEqual([]);
    expect(await inTheMaking(target())).toEqual([]);
  });

  test('nothing is written through a link planted in the user area, even if it leads inside', async () => {
    await mkdir(target('mallory', 'real'));
    await symlink(outside(), target('mallory', 'out'));
    await symlink('real', target('mallory', 'in'));
    await symlink(outside('created'), target('mallory', 'file'));
    for (const method of ['local_copy', 'symlink_copy']) {
      for (const path of ['out/x', 'in/x', 'out/new/x']) {
        const answer = await client().stage(method, 'plain', path, 'mallory');
        expect([answer.status, answer.problem().code]).toEqual([403, 'TARGET_IS_LINK']);
      }
      const answer = await client().stage(method, 'plain', 'file', 'mallory');
      expect([answer.status, answer.problem().code]).toEqual([409, 'TARGET_DIFFERS']);
    }
    expect(await readdir(outside())).toEqual(['secret']);
    expect(await readdir(target('mallory', 'real'))).toEqual([]);
    await symlink(outside(), target('linked-user'));
    expect((await client().stage('local_copy', 'plain', 'x', 'linked-user')).status).toBe(403);
    expect(await readdir(outside())).toEqual(['secret']);
  });

  test('a link swapped in while requests run changes nothing outside', async () => {
    await mkdir(target('racer'));
    let isOver = false;
    const swapping = (async () => {
      while (!isOver) {
        await mkdir(target('racer', 'd'), { recursive: true }).catch(() => undefined);
        await rename(target('racer', 'd'), target('racer', `old-${Math.random()}`)).catch(() => undefined);
        await symlink(outside(), target('racer', 'd')).catch(() => undefined);
        await rm(target('racer', 'd'), { force: true }).catch(() => undefined);
      }
    })();
    const statuses = new Set<number>();
    for (let turn = 0; turn < 60; turn += 1) {
      const method = turn % 2 === 0 ? 'local_copy' : 'symlink_copy';
      statuses.add((await client().stage(method, 'plain', `d/x${turn}`, 'racer')).status);
    }
    isOver = true;
    await swapping;
    expect(await readdir(outside())).toEqual(['secret']);
    expect([...statuses].every((status) => [200, 403, 409, 500].includes(status))).toBe(true);
  });

  test('a FIFO, a socket and a device are refused without being opened, alone and in a tree', async () => {
    await mkdir(source('special'));
    execFileSync('mkfifo', [source('special', 'fifo')]);
    const socket = createServer().listen(source('socket'));
    // Only root can create a device, which is then /dev/zero: it never ends.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) execFileSync('mknod', [source('device'), 'c', '1', '5']);
    const requests = [
      ['local_copy', 'special/fifo'],
      ['local_copy', 'special'],
      ['symlink_copy', 'special'],
      ['direct_download', 'special/fifo'],
      ['local_copy', 'socket'],
      ...(isRoot
        ? ([
            ['local_copy', 'device'],
            ['symlink_copy', 'device'],
          ] as const)
        : []),
    ] as const;
    try {
      for (const [method, path] of requests) {
        const answer = await client().stage(method, path, 'x', 'mallory');
        expect([path, answer.status, answer.problem().code]).toEqual([path, 400, 'SOURCE_KIND_UNSUPPORTED']);
      }
      // An answer in progress is aborted; a buffered one becomes an error.
      const isWhole = await client()
        .get('/download/special')
        .then(
          ({ status }) => status < 400,
          () => false,
        );
      expect(isWhole).toBe(false);
    } finally {
      socket.close();
      await rm(source('special', 'fifo'));
      await rm(source('device'), { force: true });
    }
  });

  test.each([
    ['a body of 10 MB', 'x'.repeat(10_000_000), {}, 413, 'BODY_TOO_LARGE'],
    ['broken UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22]), {}, 422, 'BODY_INVALID'],
    ['no JSON', '{"local_path_on_storage":', {}, 422, 'BODY_INVALID'],
    ['nothing', '', {}, 422, 'BODY_INVALID'],
    ['JSON nested 10,000 deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, {}, 422, 'BODY_INVALID'],
    [
      'depth beside a good request',
      `{"local_path_on_storage":"plain","relative_path":"x","y":${'['.repeat(5000)}${']'.repeat(5000)}}`,
      {},
      422,
      'BODY_INVALID',
    ],
    [
      '__proto__',
      '{"__proto__":{"x":1},"local_path_on_storage":"plain","relative_path":"x"}',
      {},
      422,
      'BODY_INVALID',
    ],
    ['a missing field', '{"local_path_on_storage":"plain"}', {}, 422, 'BODY_INVALID'],
    ['a wrong type', '{"local_path_on_storage":1,"relative_path":["x"]}', {}, 422, 'BODY_INVALID'],
    ['plain text', '{}', { 'content-type': 'text/plain' }, 415, 'CONTENT_TYPE_UNSUPPORTED'],
    [
      'another character set',
      '{}',
      { 'content-type': 'application/json; charset=utf-16' },
      415,
      'CONTENT_TYPE_UNSUPPORTED',
    ],
    ['an unknown encoding', '{}', { 'content-encoding': 'zip' }, 415, 'CONTENT_TYPE_UNSUPPORTED'],
  ])('a body that is %s', async (_title, body, headers, status, code) => {
    const before = await rowCount();
    const answer = await client().post('/stage_data?method=local_copy&username=mallory', body, headers);
    expect([answer.status, answer.problem().code]).toEqual([status, code]);
    expect(typeof answer.problem().detail).toBe('string');
    expect(await rowCount()).toBe(before + 1);
  });

  test.each([
    ['GET', '/operations?usernme=alice', 'usernme', 'username'],
    ['GET', '/operations?Username=alice', 'Username', 'username'],
    ['GET', '/operations/events?user=alice', 'user', 'username'],
    ['GET', `/operations/${unknownId}?waits=1`, 'waits', 'wait'],
    ['GET', `/operations/${unknownId}/events?wait=1`, 'wait', 'none'],
    ['DELETE', `/operations/${unknownId}?force=true`, 'force', 'none'],
    ['POST', `/operations/${unknownId}/retry?method=local_copy`, 'method', 'none'],
    ['GET', '/batches?user=alice', 'user', 'username'],
    ['GET', `/batches/${unknownId}?username=alice`, 'username', 'phase'],
    ['DELETE', `/batches/${unknownId}?username=alice`, 'username', 'none'],
    ['POST', `/batches/${unknownId}/retry?username=alice`, 'username', 'none'],
    ['POST', '/batches?method=local_copy&username=alice&user=bob', 'user', 'relative_path'],
    ['POST', '/stage_data?method=local_copy&username=alice&token=x', 'token', 'jupyter_token'],
    ['POST', '/stage/local?username=alice&method=symlink_copy', 'method', 'username'],
    ['POST', '/create-file?name=x', 'name', 'filename'],
    ['GET', '/download/plain?user=alice', 'user', 'username'],
    ['HEAD', '/download/plain?user=alice', undefined, undefined],
    ['GET', '/browse?dir=x', 'dir', 'path'],
    ['GET', '/preview?file=plain', 'file', 'path'],
    ['GET', '/logs?levels=error', 'levels', 'level'],
    ['GET', '/logs/stream?levels=error', 'levels', 'level'],
    ['GET', '/overview?days=2', 'days', 'hours'],
    ['GET', '/config?x', 'x', 'none'],
    ['GET', '/uws/jobs?USER=alice', 'USER', 'phase'],
    ['GET', `/uws/jobs/${unknownId}?waits=1`, 'waits', 'wait'],
    ['GET', `/uws/jobs/${unknownId}/phase?wait=1`, 'wait', 'none'],
    ['POST', '/uws/jobs?PHASE=RUN', 'PHASE', 'none'],
    ['DELETE', `/uws/jobs/${unknownId}?x=1`, 'x', 'none'],
  ])(
    '%s %s is refused, because a misspelt filter would match everything',
    async (method, path, name, known) => {
      const answer = await client().get(path, { method });
      expect(answer.status).toBe(400);
      if (name === undefined) return;
      expect(answer.problem().code).toBe('QUERY_UNKNOWN');
      expect(answer.problem().detail).toContain(JSON.stringify(name));
      expect(answer.problem().detail.split('known here are:')[1]).toContain(known);
    },
  );

  testOrSkip('a download path that climbs', async () => {
    for (const path of ['/download/../../etc/passwd', '/download/%2e%2e/outside/secret']) {
      expect([path, await rawStatus(service().url, path)]).toEqual([path, 403]);
    }
  });

  test('a download path that climbs by encoded slashes, or is encoded invalidly', async () => {
    for (const path of [
      '/download/..%2f..%2fetc%2fpasswd',
      '/download/a/..%2F%2E%2E%2F..%2Foutside%2Fsecret',
    ]) {
      expect([path, await rawStatus(service().url, path)]).toEqual([path, 403]);
    }
    expect(await rawStatus(service().url, '/download/%ff%fe')).toBe(400);
    expect(await rawStatus(service().url, '/download/plain%00')).toBe(400);
  });

  test('an unknown method keeps the wording that clients know', async () => {
    const answer = await client().stage('teleport', 'plain', 'x');
    expect([answer.status, answer.problem().detail]).toEqual([400, 'Invalid staging method: teleport']);
    const prototype = await client().stage('constructor', 'plain', 'x');
    expect(prototype.problem().detail).toBe('Invalid staging method: constructor');
  });

  test('a missing source keeps the wording that clients know', async () => {
    const answer = await client().stage('local_copy', 'not/there', 'x');
    expect([answer.status, answer.problem().detail]).toEqual([400, 'Source path does not exist: not/there']);
    const within = await client().stage('local_copy', 'plain/below-a-file', 'x');
    expect(within.problem().code).toBe('SOURCE_NOT_FOUND');
  });

  test('a target below a file is a conflict', async () => {
    await writeFile(target('mallory', 'a-file'), '');
    const answer = await client().stage('local_copy', 'plain', 'a-file/x', 'mallory');
    expect([answer.status, answer.problem().code]).toEqual([409, 'TARGET_IN_FILE']);
    expect((await lstat(target('mallory', 'a-file'))).size).toBe(0);
  });

  test('a token appears in no log, record or error', async () => {
    const token = 'very-secret-token-0123456789';
    const url = `/stage_data?method=jupyter_copy&username=nobody&jupyter_token=${token}`;
    const answer = await client().post(url, { local_path_on_storage: 'plain', relative_path: 'x' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.text).not.toContain(token);
    expect(service().output()).not.toContain(token);
    expect((await client().get('/logs?level=debug')).text).not.toContain(token);
    expect(JSON.stringify(await client().operations('&username=nobody'))).not.toContain(token);
  });

  test.each(['\n', '\r\n', '\0', ' ', '"'])(
    'a token with %j in it is refused immediately, and appears nowhere',
    async (character) => {
      const token = `very-secret${character}token-0123456789`;
      const query = new URLSearchParams({ method: 'jupyter_copy', username: 'nobody', jupyter_token: token });
      const body = { local_path_on_storage: 'plain', relative_path: 'x' };
      const answer = await client().post(`/stage_data?${query}`, body);
      const { code, errors } = answer.problem();
      expect([answer.status, code, errors?.map(({ path }) => path)]).toEqual([
        422,
        'BODY_INVALID',
        ['query.jupyter_token'],
      ]);
      const told = [
        answer.text,
        service().output(),
        (await client().get('/logs?level=debug')).text,
        JSON.stringify(await client().operations('&username=nobody')),
      ];
      expect(told.join('\n')).not.toMatch(/very-secret|token-0123456789/);
    },
  );
}

/** Sends the path unchanged: `fetch` would resolve the dots itself. */
function rawStatus(url: string, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    httpRequest({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
