import { randomBytes } from 'node:crypto';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { describeWith } from '../../services/describeWith.ts';
import { authenticatingProxy } from '../../services/nginx.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

const fileBytes = 32 * 1024 * 1024;

describeWith('nginx', 'downloads that nginx sends itself', ({ origin }) => {
  let directory: string;
  let service: StagingService;
  const bytes = randomBytes(fileBytes);
  const latin1 = Buffer.from('caf\xe9', 'latin1');
  beforeAll(async () => {
    directory = await makeDataDirectory();
    service = await startStagingService(directory, {
      SENDFILE_HEADER: 'X-Accel-Redirect',
      SENDFILE_PREFIX: `/_storage${join(directory, 'source_storage')}`,
      TRUSTED_PROXIES: authenticatingProxy,
      PUBLIC_URLS: origin,
    });
    const { sourceStorage } = service;
    await mkdir(join(sourceStorage, 'a folder', '100%?#&;ü'), { recursive: true });
    await writeFile(join(sourceStorage, 'cube.fits'), bytes);
    await writeFile(join(sourceStorage, 'a folder', '100%?#&;ü', 'x y'), 'odd');
    await writeFile(Buffer.concat([Buffer.from(`${sourceStorage}/`), latin1]), 'bytes');
    await symlink('cube.fits', join(sourceStorage, 'newest'));
  });
  afterAll(async () => {
    await service?.stop();
    await removeDataDirectory(directory);
  });

  /** Through a proxy that the service does not trust. */
  const passOn = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${origin}/proxied/${new URL(service.url).port}/download/${path}`, { headers });
  const download = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${origin}/sending/${new URL(service.url).port}/download/${path}`, { method, headers });
  const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());
  const downloads = () => clientOf(`${origin}/proxied/${new URL(service.url).port}`).operations();

  test('a file has all its bytes and headers, and its bytes do not pass through the service', async () => {
    const before = await bytesWritten(service);
    const answer = await download('cube.fits', { 'x-request-id': 'sent-by-nginx' });
    expect((await bytesOf(answer)).equals(bytes)).toBe(true);
    expect((await bytesWritten(service)) - before).toBeLessThan(fileBytes / 10);
    expect(answer.status).toBe(200);
    const named = Object.fromEntries(answer.headers);
    expect(named).toMatchObject({
      'content-length': String(fileBytes),
      'content-disposition': 'attachment; filename="cube.fits"',
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
      'x-request-id': 'sent-by-nginx',
    });
    expect(named).not.toHaveProperty('x-accel-redirect');
    const described = await download('cube.fits', {}, 'HEAD');
    expect(described.headers.get('content-length')).toBe(String(fileBytes));
    expect(described.headers.get('etag')).toBe(named['etag']);
    const sent = { phase: 'COMPLETED', bytes_total: fileBytes, bytes_done: fileBytes };
    expect(await downloads()).toEqual([expect.objectContaining(sent)]);
  });

  test('ranges have the right bytes, and are one operation', async () => {
    const first = await download('cube.fits', { range: 'bytes=0-1048575' });
    const etag = first.headers.get('etag') ?? '';
    expect(first.status).toBe(206);
    expect((await bytesOf(first)).equals(bytes.subarray(0, 1_048_576))).toBe(true);
    for (const start of [1_048_576, 20_000_000]) {
      const range = `bytes=${start}-${start + 999}`;
      const answer = await download('cube.fits', { range, 'if-range': etag });
      expect([answer.status, answer.headers.get('content-range')]).toEqual([
        206,
        `bytes ${start}-${start + 999}/${fileBytes}`,
      ]);
      expect((await bytesOf(answer)).equals(bytes.subarray(start, start + 1000))).toBe(true);
    }
    const suffix = await download('cube.fits', { range: 'bytes=-10' });
    expect((await bytesOf(suffix)).equals(bytes.subarray(-10))).toBe(true);
    expect(await downloads()).toHaveLength(2);
    const other = await download('cube.fits', { range: 'bytes=5-9', 'if-range': '"another version"' });
    expect([other.status, (await bytesOf(other)).length]).toEqual([200, fileBytes]);
  });

  test('conditions are evaluated by the service', async () => {
    const etag = (await passOn('cube.fits', { range: 'bytes=0-0' })).headers.get('etag') ?? '';
    const unchanged = await download('cube.fits', { 'if-none-match': etag });
    expect([unchanged.status, (await bytesOf(unchanged)).length]).toEqual([304, 0]);
    expect((await download('cube.fits', { 'if-none-match': '"other"' })).status).toBe(200);
    expect((await bytesOf(await download('cube.fits', { 'if-match': etag }))).equals(bytes)).toBe(true);
    expect((await download('cube.fits', { 'if-match': '"other"' })).status).toBe(412);
    expect((await download('cube.fits', { range: `bytes=${fileBytes}-` })).status).toBe(416);
  });

  test.each([
    ['with all kinds of characters', 'a%20folder/100%25%3F%23%26%3B%C3%BC/x%20y', 'odd'],
    ['that is no text', 'caf%5Cxe9', 'bytes'],
  ])('a name %s is found', async (_kind, path, content) => {
    const answer = await download(path);
    expect([answer.status, await answer.text()]).toEqual([200, content]);
  });

  test('a link is followed by the service, and nginx sends its target', async () => {
    expect((await bytesOf(await download('newest'))).equals(bytes)).toBe(true);
  });

  test('only a trusted proxy gets paths of files', async () => {
    const before = await bytesWritten(service);
    const answer = await passOn('cube.fits');
    expect((await bytesOf(answer)).equals(bytes)).toBe(true);
    expect((await bytesWritten(service)) - before).toBeGreaterThan(fileBytes);
  });

  test('a folder is packed by the service, and a missing file is answered by the service', async () => {
    expect((await download('a%20folder')).headers.get('content-type')).toBe('application/x-tar');
    const missing = await download('nothing');
    expect([missing.status, await missing.json()]).toMatchObject([400, { code: 'SOURCE_NOT_FOUND' }]);
  });
});

/** Bytes that all threads of a service have written so far, to files and connections (proc_pid_io(5)). */
async function bytesWritten({ process: { pid } }: StagingService): Promise<number> {
  const io = await readFile(`/proc/${pid}/io`, 'utf8');
  return Number(/^wchar: (\d+)$/m.exec(io)?.[1]);
}
