import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { extract } from 'tar-stream';
import { readEvent } from '../../services/lambda/lambdaFunction.ts';
import { type FunctionUnderTest, shareFunctions } from './withFunction.ts';

const withFunction = shareFunctions();

const threshold = 1_000_000;
const limited = { DOWNLOAD_THRESHOLD: String(threshold) };

describe('downloads are exact to the byte', () => {
  test.each([
    ['a byte of each value', Buffer.from(Array.from({ length: 256 }, (_, value) => value))],
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('Grüße, sky\r\n')],
    ['a file as large as an answer may be', randomBytes(threshold)],
  ])('%s', (_what, bytes) =>
    withFunction('downloadFile', limited, async ({ invoke, addSource }) => {
      await addSource('survey/notes.txt', bytes);
      const answer = await invoke(await readEvent('downloadFile'));
      expect(answer.status).toBe(200);
      expect(answer.headers['content-length']).toBe(String(bytes.length));
      expect(answer.bytes.equals(bytes)).toBe(true);
    }),
  );

  test('a directory, as a tar stream', () =>
    withFunction('downloadFile', limited, async ({ invoke, addSource }) => {
      const bytes = randomBytes(300_000);
      await addSource('beams/beam.dat', bytes);
      const answer = await invoke(await readEvent('downloadFile', { path: '/download/beams' }));
      expect((await unpack(answer.bytes)).get('beams/beam.dat')?.equals(bytes)).toBe(true);
    }));

  test('a file larger than the limit of an answer is refused, but a range of it is not', () =>
    withFunction('downloadFile', limited, async ({ invoke, addSource }) => {
      const bytes = randomBytes(threshold + 1);
      await addSource('survey/notes.txt', bytes);
      expect((await invoke(await readEvent('downloadFile'))).problem().code).toBe('DOWNLOAD_TOO_LARGE');
      const part = await invoke(await readEvent('downloadFile', { headers: { range: 'bytes=10-1000000' } }));
      expect([part.status, part.headers['content-range']]).toEqual([206, 'bytes 10-1000000/1000001']);
      expect(part.bytes.equals(bytes.subarray(10))).toBe(true);
    }));
});

test('HEAD, conditions and ranges are answered as by a server', () =>
  withFunction('downloadFile', {}, async ({ invoke, addSource }) => {
    await addSource('survey/notes.txt', 'Hello, sky\n');
    const head = await invoke(await readEvent('downloadFile', { method: 'HEAD' }));
    expect([head.status, head.headers['content-length'], head.bytes.length]).toEqual([200, '11', 0]);
    const etag = head.headers['etag'] ?? '';
    const same = await invoke(await readEvent('downloadFile', { headers: { 'if-none-match': etag } }));
    expect([same.status, same.bytes.length]).toEqual([304, 0]);
    const part = await invoke(await readEvent('downloadFile', { headers: { range: 'bytes=7-9' } }));
    expect([part.status, part.bytes.toString()]).toEqual([206, 'sky']);
    const none = await invoke(await readEvent('downloadFile', { headers: { range: 'bytes=90-' } }));
    expect([none.status, none.problem().code]).toEqual([416, 'RANGE_NOT_SATISFIABLE']);
  }));

test('a job is created from a form of several parts', () =>
  withFunction('uws', {}, async ({ invoke }) => {
    const form = new FormData();
    for (const [name, value] of [
      ['METHOD', 'local_copy'],
      ['LOCAL_PATH_ON_STORAGE', 'survey/none'],
      ['RELATIVE_PATH', 'none'],
      ['USERNAME', 'alice'],
    ] as const)
      form.set(name, value);
    const request = new Request('http://localhost', { method: 'POST', body: form });
    const headers = { 'content-type': request.headers.get('content-type') ?? '' };
    const body = Buffer.from(await request.arrayBuffer());
    const created = await invoke(await readEvent('uws', { method: 'POST', query: '', headers, body }));
    expect([created.status, created.headers['location']]).toEqual([303, expect.stringMatching(/jobs\/.+/)]);
  }));

test('no connection header is passed on', () =>
  withFunction('downloadFile', {}, async ({ invoke, addSource }) => {
    await addSource('survey/notes.txt', 'x');
    const headers = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'transfer-encoding': 'chunked',
      te: 'trailers',
    };
    for (const path of ['/download/survey', '/download/survey/notes.txt']) {
      const answer = await invoke(await readEvent('downloadFile', { path, headers }));
      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty('transfer-encoding');
      expect(answer.headers).not.toHaveProperty('connection');
    }
  }));

describe('the path is the requested one', () => {
  const names = ['two words.fits', 'größe.fits', 'a+b&c=d.fits', '100%.fits', '50%25.fits'];
  const askFor = async (
    { invoke, addSource }: FunctionUnderTest,
    name: string,
    path: string,
    given: string,
  ) => {
    await addSource(name, name);
    const event = await readEvent('downloadFile', { path });
    const answer = await invoke({ ...event, pathParameters: { path: given } });
    expect(answer.bytes.toString()).toBe(name);
  };
  test.each(names)('decoded by an HTTP API: %s', (name) =>
    withFunction('downloadFile', {}, (underTest) => askFor(underTest, name, `/download/${name}`, name)),
  );
  test.each([...names, 'what?.fits'])('encoded, as an emulator hands it over: %s', (name) =>
    withFunction('downloadFile', {}, (underTest) =>
      askFor(underTest, name, `/download/${encodeURIComponent(name)}`, name),
    ),
  );
});

test.each(['restApi', 'httpApiV1'])('an event of payload format 1.0 is answered: %s', (name) =>
  withFunction('downloadFile', {}, async ({ invoke, addSource }) => {
    const bytes = randomBytes(1000);
    await addSource('survey/notes.txt', bytes);
    const answer = await invoke(await readEvent(name));
    expect(answer.status).toBe(200);
    expect(answer.bytes.equals(bytes)).toBe(true);
  }),
);

test('the name of a stage is not part of the path', () =>
  withFunction('browse', {}, async ({ invoke, addSource }) => {
    await addSource('survey/notes.txt', 'x');
    const named = await invoke(await readEvent('browse', { path: '/prod/browse', stage: 'prod' }));
    expect(named.status).toBe(200);
    const other = await invoke(await readEvent('browse', { path: '/product/browse', stage: 'prod' }));
    expect(other.status).toBe(404);
  }));

test('the request id is the client’s, or else that of the gateway', () =>
  withFunction('browse', {}, async ({ invoke }) => {
    const path = { path: '/browse', query: 'path=.' };
    const own = await invoke(await readEvent('browse', { ...path, headers: { 'x-request-id': 'mine-17' } }));
    expect(own.headers['x-request-id']).toBe('mine-17');
    const theirs = await invoke(await readEvent('browse', path));
    expect(theirs.headers['x-request-id']).toBe('UqX3bh4GLPEEM8A=');
  }));

test('letters beyond ASCII are right in both directions', () =>
  withFunction('createFile', {}, async ({ invoke }) => {
    const body = Buffer.from(JSON.stringify({ filename: 'größe.txt', content: 'ü' }));
    const answer = await invoke(await readEvent('createFile', { body }));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.bytes.toString())).toMatchObject({ path: 'größe.txt', size_bytes: 2 });
  }));

async function unpack(archive: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const reader = extract();
  reader.end(archive);
  for await (const entry of reader) files.set(entry.header.name, await buffer(entry));
  return files;
}
