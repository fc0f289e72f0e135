import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { type DirectoryPage, directoryPageSchema } from '../../shared/http/contract/answers/files.ts';
import { previewSchema } from '../../shared/http/contract/answers/previews.ts';
import { type Overview, overviewSchema } from '../../shared/http/contract/answers/site.ts';
import type { ReachableService } from '../services/staging/stagingService.ts';
import { clientOf } from './httpClient.ts';
import { waitFor } from './waitFor.ts';

/** The parts of the API besides staging. */
export function siteContract(service: () => ReachableService): void {
  const client = () => clientOf(service().url);
  const source = (...names: string[]) => join(service().sourceStorage, ...names);
  const json = async (path: string) => JSON.parse((await client().get(path)).text);

  test.each(['/config/allowed-methods', '/config/allowed-methods/'])('%s lists the methods', async (path) => {
    const methods = ['local_copy', 'symlink_copy', 'direct_download', 'jupyter_copy'];
    expect(await json(path)).toEqual({ allowed_methods: methods });
  });

  test('the settings are shown, without secrets', async () => {
    const config = await json('/config/');
    expect(config).toMatchObject({ source_storage_path: service().sourceStorage });
    expect(JSON.stringify(config)).not.toMatch(/token|password|mysql|file:/i);
  });

  test('the service reports that it is alive and ready', async () => {
    expect(await json('/healthz')).toEqual({ status: 'ok' });
    // And `storage_threads` in a process that copies.
    const checks = { database: 'ok', source_storage: 'ok', target_storage: 'ok' };
    expect(await json('/readyz')).toMatchObject({ status: 'ready', checks });
  });

  test('a file is created once, beneath the source storage', async () => {
    const body = { filename: 'made/deep/naïve.txt', content: 'snow ☃' };
    const created = await client().post('/create-file/', body);
    expect([created.status, JSON.parse(created.text)]).toEqual([
      200,
      {
        status: 'success',
        message: `File 'made/deep/naïve.txt' created successfully in ${source('made/deep/naïve.txt')}.`,
        path: 'made/deep/naïve.txt',
        size_bytes: 8,
      },
    ]);
    expect(await readFile(source('made/deep/naïve.txt'), 'utf8')).toBe('snow ☃');
    const again = await client().post('/create-file', { ...body, content: 'other' });
    expect([again.status, again.problem().code]).toEqual([409, 'FILE_EXISTS']);
    expect(await readFile(source('made/deep/naïve.txt'), 'utf8')).toBe('snow ☃');
  });

  test('the folder in which files are created is hidden', async () => {
    await client().post('/create-file/', { filename: 'made/shown.txt', content: 'x' });
    expect((await readdir(source())).includes('.staging')).toBe(true);
    const { entries } = directoryPageSchema.parse(await json('/browse?limit=1000'));
    expect(entries.map(({ name }) => name)).toContain('made');
    expect(entries.map(({ name }) => name)).not.toContain('.staging');
    expect((await client().get('/browse?path=.staging')).problem().code).toBe('SOURCE_NOT_FOUND');
    expect((await client().get('/download/.staging')).problem().code).toBe('SOURCE_NOT_FOUND');
  });

  test.each([
    ['../escape.txt', 403],
    ['/etc/escape.txt', 403],
    ['', 400],
    ['bad\u0000name', 400],
    ['out-link/escape.txt', 403],
    ['.staging/inside.txt', 400],
  ])('a file named %j is not created', async (filename, status) => {
    await symlink('..', source('out-link')).catch(() => undefined);
    expect((await client().post('/create-file', { filename, content: 'x' })).status).toBe(status);
  });

  test('a file larger than the limit is refused, and not created', async () => {
    const answer = await client().post('/create-file', { filename: 'huge', content: 'x'.repeat(1_048_577) });
    expect(answer.status).toBe(413);
    expect((await client().stage('local_copy', 'huge', 'huge')).problem().code).toBe('SOURCE_NOT_FOUND');
    const allowed = await client().post('/create-file', {
      filename: 'largest',
      content: '\u0001'.repeat(1_048_576),
    });
    expect(allowed.status).toBe(200);
  });

  test('a file of any bytes is created from the streamed body, completely or not at all', async () => {
    const bytes = randomBytes(300_000);
    const headers = { 'content-type': 'application/octet-stream' };
    const create = (name: string, body: Uint8Array, more = {}) =>
      client().post(`/create-file?filename=${encodeURIComponent(name)}`, body, { ...headers, ...more });
    const created = await create('bytes/naïve.bin', bytes);
    expect([created.status, JSON.parse(created.text)]).toMatchObject([
      200,
      { status: 'success', path: 'bytes/naïve.bin', size_bytes: 300_000 },
    ]);
    expect((await readFile(source('bytes/naïve.bin'))).equals(bytes)).toBe(true);
    expect((await create('bytes/empty', Buffer.alloc(0))).status).toBe(200);
    expect((await create('bytes/largest', Buffer.alloc(1_048_576))).status).toBe(200);
    const refusals = [
      [await create('bytes/naïve.bin', Buffer.from('other')), 'FILE_EXISTS'],
      [await create('bytes/large', Buffer.alloc(1_048_577)), 'BODY_TOO_LARGE'],
      [await create('../out', bytes), 'PATH_OUTSIDE_STORAGE'],
      [await create('bytes/packed', bytes, { 'content-encoding': 'gzip' }), 'CONTENT_TYPE_UNSUPPORTED'],
      [await client().post('/create-file', bytes, headers), 'BODY_INVALID'],
    ] as const;
    for (const [answer, code] of refusals) expect(answer.problem().code).toBe(code);
    expect((await readdir(source('bytes'))).sort()).toEqual(['empty', 'largest', 'naïve.bin']);
  });

  test('browsing shows a page of names at a time, with kinds, sizes and times', async () => {
    await mkdir(source('shelf', 'folder'), { recursive: true });
    await Promise.all(
      Array.from({ length: 25 }, (_, index) => writeFile(source('shelf', `f${index}`), 'x'.repeat(index))),
    );
    await symlink('f3', source('shelf', 'link'));
    await symlink('/etc', source('shelf', 'out'));
    const entries: DirectoryPage['entries'] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const next: string = cursor && `&cursor=${cursor}`;
      const page = directoryPageSchema.parse(await json(`/browse?path=shelf&limit=10${next}`));
      expect(page.entries.length).toBeLessThanOrEqual(10);
      entries.push(...page.entries);
      cursor = page.next_cursor;
    }
    expect(entries).toHaveLength(28);
    const named = (name: string) => entries.find((entry) => entry.name === name);
    expect(named('f7')).toMatchObject({ kind: 'file', size_bytes: 7 });
    expect(named('folder')).toMatchObject({ kind: 'directory', size_bytes: null });
    expect(named('link')).toMatchObject({ kind: 'file', size_bytes: 3 });
    expect(named('out')).toMatchObject({ kind: 'other', size_bytes: null });
    expect((await client().get('/browse?path=../..')).status).toBe(403);
    expect((await client().get('/browse?path=nowhere')).status).toBe(400);
    expect((await client().get('/browse?cursor=%%%')).status).toBeGreaterThanOrEqual(400);
  });

  test('a preview shows a text, or the headers of FITS, and nothing outside the storage', async () => {
    await mkdir(source('looked'), { recursive: true });
    await copyFile(resolve('test/fixtures/fits/m31.fits'), source('looked', 'm31.fits'));
    await writeFile(source('looked', 'notes.txt'), 'Hello, sky\n');
    await symlink('/etc/passwd', source('looked', 'out'));
    const text = { kind: 'text', text: 'Hello, sky\n', truncated: false, size_bytes: 11 };
    expect(await json('/preview?path=looked/notes.txt')).toEqual(text);
    const fits = previewSchema.parse(await json('/preview?path=looked/m31.fits'));
    expect(fits).toMatchObject({ kind: 'fits', truncated: false, size_bytes: 25_920 });
    expect(fits.kind === 'fits' && fits.hdus[0]?.cards[4]?.value).toBe('M31');
    const refusals = { looked: 'NOT_A_FILE', none: 'SOURCE_NOT_FOUND', 'looked/out': 'PATH_OUTSIDE_STORAGE' };
    for (const [path, code] of Object.entries(refusals)) {
      expect((await client().get(`/preview?path=${path}`)).problem().code).toBe(code);
    }
  });

  test('an overview counts ended operations, and reports free space and the health of components', async () => {
    const overview = async () => overviewSchema.parse(await json('/overview?hours=2'));
    expect((await client().stage('local_copy', 'not-there', 'x')).status).toBe(400);
    // It may be some seconds old.
    const failed = ({ methods }: Overview) =>
      methods.find(({ method }) => method === 'local_copy')?.error ?? 0;
    await waitFor(async () => failed(await overview()) > 0);
    const { since, hours, storages, queue, health } = await overview();
    expect(new Date(since).getTime()).toBeLessThan(Date.now() - 7_100_000);
    expect(hours).toHaveLength(3);
    expect(hours.reduce((sum, { error }) => sum + error, 0)).toBeGreaterThan(0);
    for (const { total_bytes: total, free_bytes: free } of storages) expect(total).toBeGreaterThan(free ?? 0);
    expect(queue).toMatchObject({ queued: expect.any(Number), executing: expect.any(Number) });
    const states = Object.fromEntries(health.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ database: 'ok', source_storage: 'ok', user_areas: 'ok' });
    expect((await client().get('/overview?hours=0')).status).toBe(422);
  }, 40_000);

  test('operations are listed newest first, in stable pages, and filtered', async () => {
    for (let index = 0; index < 7; index += 1)
      await client().stage('local_copy', `no-${index}`, 'x', 'paula');
    const first = await json('/operations?username=paula&limit=3');
    await client().stage('local_copy', 'no-later', 'x', 'paula');
    const second = await json(`/operations?username=paula&limit=3&cursor=${first.next_cursor}`);
    const paths = [...first.operations, ...second.operations].map(
      (operation) => operation.local_path_on_storage,
    );
    expect(paths).toEqual(['no-6', 'no-5', 'no-4', 'no-3', 'no-2', 'no-1']);
    const since = new Date(Date.now() + 3_600_000).toISOString();
    expect((await json(`/operations?since=${since}`)).operations).toEqual([]);
    expect(await client().operations('&phase=COMPLETED&username=paula')).toEqual([]);
    expect((await client().get('/operations?phase=NOPE')).status).toBe(422);
    expect((await client().get('/operations?limit=0')).status).toBe(422);
    expect((await client().get('/operations?cursor=zzz')).status).toBe(422);
    expect((await client().get('/operations/not-an-id')).problem().code).toBe('OPERATION_NOT_FOUND');
  });

  test('operations are found by a text, by a time range, and in either order', async () => {
    for (const name of ['Orion-1', 'Orion-2', 'vela'])
      await client().stage('local_copy', `none/${name}`, 'x', 'olga');
    const [vela, second, first] = await client().operations('&username=olga');
    if (!vela || !second || !first) throw new Error('operations are missing');
    const ids = async (query: string) => (await client().operations(query)).map(({ id }) => id);
    expect(await ids('&username=olga&text=orion&phase=ERROR')).toEqual([second.id, first.id]);
    expect(await ids('&text=OLGA&order=oldest')).toEqual([first.id, second.id, vela.id]);
    const span = new URLSearchParams({ since: first.created_at, until: vela.created_at });
    expect(await ids(`&username=olga&${span}`)).toEqual([second.id, first.id]);
    expect((await client().get('/operations?order=biggest')).status).toBe(422);
    expect((await client().get('/operations?until=yesterday')).status).toBe(422);
  });

  test('all operations are exported as CSV, without cells that a spreadsheet would evaluate', async () => {
    const names = [
      '=1+1',
      '@SUM(A1)',
      '-2',
      '+3',
      'a,b "c"\nd',
      'x;=1+1',
      'y; "@Z',
      '\uff1d1',
      'a=b',
      'plain',
    ];
    for (const name of names) await client().stage('local_copy', name, 'x', 'carla');
    const answer = await client().get('/operations?username=carla&format=csv&order=oldest&limit=2');
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="operations.csv"');
    const [columns = '', ...lines] = answer.text.split('\r\n');
    const quoted = ['"a,b ""c""\nd"', "x;'=1+1", '"y;\' ""@Z"', "'\uff1d1"];
    const cells = ["'=1+1", "'@SUM(A1)", "'-2", "'+3", ...quoted, 'a=b', 'plain'];
    const [first] = await client().operations('&username=carla&order=oldest');
    expect(columns.split(',')).toEqual(Object.keys(first ?? {}));
    expect(lines.pop()).toBe('');
    expect(lines.map((line, index) => line.includes(`,${cells[index]},`))).toEqual(names.map(() => true));
    expect(lines[0]?.startsWith(`${first?.id},ERROR,,local_copy,carla,`)).toBe(true);
    const asked = await client().get('/operations?username=carla', { headers: { accept: 'text/csv' } });
    expect(asked.text.split('\r\n')).toHaveLength(names.length + 2);
    const json = await client().get('/operations?username=carla', { headers: { accept: '*/*' } });
    expect(json.headers.get('content-type')).toMatch('application/json');
    expect((await client().get('/operations?username=nobody-at-all&format=csv')).text).toBe(`${columns}\r\n`);
    expect((await client().get('/operations?format=csv&cursor=zzz')).status).toBe(422);
  });

  test("the log is readable text, filtered by operation and level, with the caller's request id", async () => {
    const headers = { 'x-request-id': 'test-request-17' };
    const body = { local_path_on_storage: 'not-there', relative_path: 'x' };
    const answer = await client().post('/stage/local?username=alice', body, headers);
    expect(answer.headers.get('x-request-id')).toBe('test-request-17');
    const { operation_id: id } = answer.problem();
    const readLines = async () => (await client().get(`/logs?operation=${id}`)).text.trimEnd().split('\n');
    // The last one is of the current answer, and may not be in the file yet.
    await waitFor(async () => (await readLines()).length >= 3);
    const lines = await readLines();
    for (const line of lines) expect(line).toContain(String(id));
    for (const line of lines) expect(line).toContain('test-request-17');
    expect(lines.join('\n')).toContain('Source path does not exist: not-there');
    expect((await client().get('/logs/?limit=2')).text.trimEnd().split('\n')).toHaveLength(2);
    expect((await client().get(`/logs?operation=${id}&level=ERROR`)).text).toBe('');
    expect((await client().get('/logs?limit=0')).status).toBe(422);
  });

  test('if a + arrives as a space, the answer says how to encode it', async () => {
    const refused = async (path: string) => (await client().get(path)).problem();
    for (const path of ['/operations?since=2026-11-29T12:00:00+01:00', '/download/x?username=a+b']) {
      expect(await refused(path)).toMatchObject({ status: 422, detail: expect.stringContaining('%2B') });
    }
    expect((await refused('/operations?since=yesterday')).detail).not.toContain('%2B');
    expect((await client().get('/operations?since=2026-11-29T12:00:00%2B01:00')).status).toBe(200);
    const jobs = await refused('/uws/jobs?AFTER=2026-11-29T12:00:00+01:00');
    expect(jobs.detail).toContain('a + must be written as %2B');
  });

  test('the OpenAPI document describes every existing route', async () => {
    const document = await json('/openapi.json');
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/stage_data',
        '/stage/local',
        '/download/{path}',
        '/operations/{id}',
        '/browse',
      ]),
    );
    expect(document.components.schemas).toHaveProperty('Operation');
    const [docs, docsFolder] = [await client().get('/docs'), await client().get('/docs/')];
    // Its addresses are relative, so the two must differ.
    expect([docs.text.includes('"./docs/assets/'), docsFolder.text.includes('"./docs/assets/')]).toEqual([
      true,
      false,
    ]);
  });

  test('no answer with records may be cached', async () => {
    const id = (await client().stage('local_copy', 'kept', 'kept', 'cara')).problem().operation_id;
    const paths = ['/operations', '/operations?format=csv', `/operations/${id}`, '/batches', '/logs'];
    for (const path of [...paths, '/overview', '/browse', '/uws/jobs', '/config', '/operations/none']) {
      expect([path, (await client().get(path)).headers.get('cache-control')]).toEqual([path, 'no-store']);
    }
    const body = { local_path_on_storage: 'kept', relative_path: 'kept' };
    for (const path of ['/stage/local?username=cara', '/batches?method=local_copy&username=cara']) {
      const { headers } = await client().post(path, path.startsWith('/stage') ? body : { items: [body] });
      expect([path, headers.get('cache-control')]).toEqual([path, 'no-store']);
    }
  });

  test('an unknown path is a 404, and a wrong HTTP method a 405 that names the right ones', async () => {
    expect((await client().get('/nothing/here')).problem().code).toBe('ROUTE_NOT_FOUND');
    const wrong = await client().get('/stage_data');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await client().post('/operations', {})).status).toBe(405);
  });
}
