import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { hasEnded } from '../../shared/model/operation.ts';
import type { ReachableService } from '../services/staging/stagingService.ts';
import { type Exceptions, testExcept } from './exceptions.ts';
import { clientOf } from './httpClient.ts';
import { waitFor } from './waitFor.ts';

const content = Buffer.from(Array.from({ length: 3_000_017 }, (_, index) => (index * 31) % 251));

/** Downloads according to RFC 9110. */
export function downloadContract(service: () => ReachableService, exceptions: Exceptions = {}): void {
  const testOrSkip = testExcept(exceptions);
  const source = (...names: string[]) => join(service().sourceStorage, ...names);
  const download = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const response = await fetch(`${service().url}/download/${path}`, { method, headers });
    return { response, body: Buffer.from(await response.arrayBuffer()) };
  };

  beforeAll(async () => {
    await writeFile(source('cube.fits'), content);
    await writeFile(source('spectre é ☃.txt'), 'snow');
    await writeFile(source('nothing'), '');
  });

  test('a file arrives byte for byte, as an attachment', async () => {
    const { response, body } = await download('cube.fits?username=alice');
    expect(response.status).toBe(200);
    expect(body.equals(content)).toBe(true);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="cube.fits"');
    expect(response.headers.get('content-length')).toBe(String(content.length));
  });

  test('POST /stage_data by direct_download answers with the file, also by its misspelt older name', async () => {
    for (const method of ['direct_download', 'direct_dowload']) {
      const response = await fetch(`${service().url}/stage_data?method=${method}&username=alice`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ local_path_on_storage: 'cube.fits', relative_path: '' }),
      });
      expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
    }
  });

  test('a name with spaces and non-ASCII letters is correct in both forms', async () => {
    const { response } = await download(encodeURIComponent('spectre é ☃.txt'));
    expect(response.headers.get('content-disposition')).toContain(
      `filename*=UTF-8''spectre%20%C3%A9%20%E2%98%83.txt`,
    );
  });

  test.each(['100%.txt', '100%25.txt', 'a+b?c#d&e.txt'])('the name %s is used literally', async (name) => {
    await writeFile(source(name), name);
    const { response, body } = await download(encodeURIComponent(name));
    expect([response.status, body.toString()]).toEqual([200, name]);
  });

  test('an empty file is a complete answer, too', async () => {
    const { response, body } = await download('nothing');
    expect([response.status, response.headers.get('content-length'), body.length]).toEqual([200, '0', 0]);
  });

  test.each([
    ['bytes=0-9', 0, 10],
    ['bytes=3000000-', 3_000_000, 17],
    ['bytes=-5', 3_000_012, 5],
    ['bytes=-4000000', 0, 3_000_017],
    ['bytes=10-99999999', 10, 3_000_007],
    ['BYTES=0-1', 0, 2],
    ['Bytes=-5', 3_000_012, 5],
  ])('the range %s', async (range, start, length) => {
    const { response, body } = await download('cube.fits', { range });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(
      `bytes ${start}-${start + length - 1}/${content.length}`,
    );
    expect(body.equals(content.subarray(start, start + length))).toBe(true);
  });

  test.each(['bytes=0-9,20-29', 'lines=0-9'])(
    '%s is not a supported range: the whole file is sent',
    async (range) => {
      const { response, body } = await download('cube.fits', { range });
      expect([response.status, response.headers.get('content-range')]).toEqual([200, null]);
      expect(body.equals(content)).toBe(true);
    },
  );

  test('a range beyond the end is refused with the size', async () => {
    const { response, body } = await download('cube.fits', { range: 'bytes=4000000-' });
    expect([response.status, response.headers.get('content-range')]).toEqual([
      416,
      `bytes */${content.length}`,
    ]);
    expect(JSON.parse(body.toString()).code).toBe('RANGE_NOT_SATISFIABLE');
    expect(response.headers.get('content-disposition')).toBeNull();
  });

  test('HEAD returns the headers of GET, and no body', async () => {
    const { response, body } = await download('cube.fits', {}, 'HEAD');
    expect([response.status, response.headers.get('content-length'), body.length]).toEqual([
      200,
      '3000017',
      0,
    ]);
    expect(response.headers.get('accept-ranges')).toBe('bytes');
  });

  test('a version is recognised: If-None-Match, If-Match, If-Range', async () => {
    const { response: first } = await download('cube.fits', {}, 'HEAD');
    const etag = first.headers.get('etag') ?? '';
    const modified = first.headers.get('last-modified') ?? '';
    const status = async (headers: Record<string, string>) =>
      (await download('cube.fits', headers)).response.status;
    expect(etag).toMatch(/^"[^"]+"$/);
    expect(await status({ 'if-none-match': etag })).toBe(304);
    expect(await status({ 'if-modified-since': modified })).toBe(304);
    expect(await status({ 'if-match': '"other"' })).toBe(412);
    expect(await status({ 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' })).toBe(412);
    expect(await status({ range: 'bytes=0-1', 'if-range': etag })).toBe(206);
    expect(await status({ range: 'bytes=0-1', 'if-range': '"other"' })).toBe(200);
    expect(await status({ range: 'bytes=0-1', 'if-range': `W/${etag}` })).toBe(200);
    expect(await status({ range: 'bytes=0-1', 'if-range': modified })).toBe(206);
  });

  test('known digests are in the answer, others are computed on request', async () => {
    await writeFile(source('digested'), 'digest me');
    const md5 = createHash('md5').update('digest me').digest('base64');
    const sha256 = createHash('sha256').update('digest me').digest('base64');
    const { response: asked } = await download(
      'digested',
      { 'want-digest': 'md5, adler32;q=0.5, sha;q=1' },
      'HEAD',
    );
    expect(asked.headers.get('digest')).toBe(`md5=${md5},adler32=11b20373`);
    await download('digested');
    const { response: known } = await download('digested');
    expect(known.headers.get('repr-digest')).toBe(`sha-256=:${sha256}:`);
    const { response: want } = await download('cube.fits', { 'want-repr-digest': 'sha-256=1' }, 'HEAD');
    const cube = createHash('sha256').update(content).digest('base64');
    expect(want.headers.get('repr-digest')).toBe(`sha-256=:${cube}:`);
  });

  test('a directory arrives as a tar of itself', async () => {
    // Small enough for one answer of a function, with the link to it.
    const part = content.subarray(0, 1_500_017);
    await mkdir(source('set', 'sub', 'empty'), { recursive: true });
    await writeFile(source('set', 'sub', 'file'), part);
    await writeFile(source('set', 'zero'), '');
    await writeFile(source('set', `${'long'.repeat(50)}.txt`), 'long name');
    await symlink('sub/file', source('set', 'link'));
    const { response, body } = await download('set');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="set.tar"');
    const directory = await mkdtemp(join(tmpdir(), 'untar-'));
    execFileSync('tar', ['-xf', '-', '-C', directory], { input: body });
    expect((await readFile(join(directory, 'set', 'sub', 'file'))).equals(part)).toBe(true);
    expect((await readFile(join(directory, 'set', 'link'))).equals(part)).toBe(true);
    execFileSync('diff', ['-r', source('set'), join(directory, 'set')]);
    await rm(directory, { recursive: true });
  });

  test('each download is one operation, with the number of bytes sent', async () => {
    const client = clientOf(service().url);
    await download('cube.fits?username=dave');
    await download('cube.fits?username=dave', { range: 'bytes=0-9' });
    await download('missing?username=dave');
    await download('cube.fits?username=dave', {}, 'HEAD');
    // The end of a download is recorded after its last byte.
    await waitFor(async () => (await client.operations('&username=dave')).every(hasEnded));
    const operations = await client.operations('&username=dave');
    expect(operations.map(({ phase, bytes_done: bytes }) => [phase, bytes])).toEqual([
      ['ERROR', 0],
      ['COMPLETED', 10],
      ['COMPLETED', content.length],
    ]);
  });

  testOrSkip('any number of slow clients do not delay another one', async () => {
    await writeFile(source('slow'), Buffer.alloc(32 * 1024 * 1024));
    const abort = new AbortController();
    const slow = Array.from({ length: 20 }, () =>
      fetch(`${service().url}/download/slow`, { signal: abort.signal }),
    );
    await Promise.all(slow);
    expect((await download('cube.fits')).body.equals(content)).toBe(true);
    abort.abort();
  });

  testOrSkip('a client that disconnects leaves an ERROR with the reason', async () => {
    await writeFile(source('large'), Buffer.alloc(64 * 1024 * 1024));
    const abort = new AbortController();
    const response = await fetch(`${service().url}/download/large?username=erin`, { signal: abort.signal });
    await response.body?.getReader().read();
    abort.abort();
    const client = clientOf(service().url);
    await waitFor(async () => (await client.operations('&username=erin'))[0]?.phase === 'ERROR');
    expect((await client.operations('&username=erin'))[0]?.error_code).toBe('CLIENT_CLOSED');
  });
}
