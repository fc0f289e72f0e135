import { once } from 'node:events';
import { stat, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { operationPageSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { rawRequest } from '../../contracts/rawRequest.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { makeSlowFile, slowCopies, untilAborted } from '../../services/staging/slowCopies.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

let directory: string;
let service: StagingService;
beforeAll(async () => {
  directory = await makeDataDirectory();
  service = await startStagingService(directory, {});
});
afterAll(async () => {
  await service.stop();
  await removeDataDirectory(directory);
});

/** A connection that has sent this. */
async function send(message: string) {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(message);
  return socket;
}

/** The answer until the connection is closed. */
async function answerTo(message: string): Promise<string> {
  return text(await send(message));
}

describe('headers', () => {
  test('of the longest path fit with the cookies of a proxy', async () => {
    const name = `${'%C3%A9'.repeat(127)}/`;
    const headers = { cookie: 'x'.repeat(8000) };
    const answer = await rawRequest(service.url, `/download/${name.repeat(16)}`, { headers });
    expect([answer.status, answer.code()]).toEqual([400, 'SOURCE_NOT_FOUND']);
  });

  test('that are larger are refused with a problem, and the connection is closed', async () => {
    const headers = { cookie: 'x'.repeat(70_000) };
    const answer = await rawRequest(service.url, '/config', { headers });
    expect([answer.status, answer.code()]).toEqual([431, 'HEADERS_TOO_LARGE']);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      connection: 'close',
    });
  });

  test('that are not valid HTTP are refused with a problem, too', async () => {
    const answer = await answerTo('hello\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('"code":"REQUEST_MALFORMED"');
  });
});

test('readiness, which is checked by writing, is not checked for every request', async () => {
  const begin = performance.now();
  const written = new Set<bigint>();
  for (let count = 0; count < 100; count += 1) {
    expect((await clientOf(service.url).get('/readyz')).status).toBe(200);
    written.add((await stat(service.userAreas, { bigint: true })).mtimeNs);
  }
  // It may be checked again every two seconds.
  expect(written.size).toBeLessThan(3 + (performance.now() - begin) / 1000);
});

describe('bodies', () => {
  const head = (target: string, type: string) =>
    `POST ${target} HTTP/1.1\r\nHost: ${new URL(service.url).host}\r\nContent-Type: ${type}\r\nContent-Length: 1000000\r\n\r\n`;

  /** The answer to a body that arrives byte by byte, until the connection is closed. */
  async function trickle(target: string, type: string): Promise<string> {
    const socket = await send(head(target, type));
    const timer = setInterval(() => socket.write(' '), 100);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    // A byte that is sent to a closed connection is answered by a reset.
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(timer);
    return answer;
  }

  test('that are slow are ended, regardless of their reader, and even after the answer', async () => {
    const unread = trickle('/nothing', 'application/json');
    const answers = await Promise.all([
      trickle('/stage_data?method=local_copy&username=ann', 'application/json'),
      trickle('/batches?method=local_copy&username=ann', 'application/x-ndjson'),
      trickle('/batches?method=local_copy&username=ann', 'application/json'),
      trickle('/create-file?filename=slow', 'application/octet-stream'),
      trickle('/uws/jobs', 'application/x-www-form-urlencoded'),
    ]);
    for (const answer of answers) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
      expect(answer).toContain('"code":"BODY_TOO_SLOW"');
    }
    expect(await unread).toMatch(/^HTTP\/1\.1 404 /);
    // The row was there before the body; it gets its error when the connection is closed.
    const ofAnn = () => clientOf(service.url).operations('&username=ann');
    await waitFor(async () => (await ofAnn()).every(({ error_code }) => error_code !== null));
    expect(await ofAnn()).toMatchObject([{ error_code: 'BODY_TOO_SLOW' }]);
  });
});

describe('requests of one address', () => {
  const forwarded = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  let limited: StagingService;
  beforeAll(async () => {
    const tokensFile = join(directory, 'tokens');
    await writeFile(tokensFile, '');
    limited = await startStagingService(directory, {
      REQUESTS_PER_MINUTE: '5',
      FAILURES_PER_MINUTE: '2',
      AUTH_MODE: 'tokens,header',
      AUTH_TOKENS_FILE: tokensFile,
      TRUSTED_PROXIES: '127.0.0.1',
      LOG_FILE: 'limited.log',
    });
  });
  afterAll(async () => {
    await limited.stop();
  });

  test('are limited, and answers contain the remaining number', async () => {
    const ask = (address: string, path = '/config') => {
      const headers = { ...forwarded(address).headers, 'x-forwarded-user': 'ann' };
      return rawRequest(limited.url, path, { headers });
    };
    for (let left = 4; left >= 0; left -= 1) {
      const { status, headers } = await ask('192.0.2.1');
      expect(status).toBe(200);
      expect(headers['ratelimit']).toMatch(new RegExp(`^"requests";r=${left};t=(?:60|[1-5]?\\d)$`));
    }
    const refused = await ask('192.0.2.1');
    expect([refused.status, refused.code()]).toEqual([429, 'TOO_MANY_REQUESTS']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.headers).toMatchObject({ 'ratelimit-policy': '"requests";q=5;w=60' });
    // An EventSource would never reconnect after an error.
    const headers = {
      ...forwarded('192.0.2.1').headers,
      'x-forwarded-user': 'ann',
      accept: 'text/event-stream',
    };
    const stream = await rawRequest(limited.url, '/operations/events', { headers });
    expect([stream.status, stream.text]).toEqual([200, expect.stringMatching(/^retry: \d+000\n\n$/)]);
    expect((await ask('192.0.2.1', '/healthz')).status).toBe(200);
    expect((await ask('192.0.2.1', '/assets/none.js')).status).not.toBe(429);
    expect((await ask('192.0.2.2')).status).toBe(200);
  });

  test('are counted per IPv6 network', async () => {
    const ask = (address: string) => rawRequest(limited.url, '/docs', forwarded(address));
    for (const end of ['1', '2', '3', 'ffff:1', '5:6:7:8']) {
      const address = end.includes('5:') ? `2001:db8:0:0:${end}` : `2001:db8::${end}`;
      expect((await ask(address)).status).not.toBe(429);
    }
    expect((await ask('2001:db8::6')).status).toBe(429);
    expect((await ask('2001:db8:0:1::6')).status).not.toBe(429);
  });

  test('are refused after too many wrong tokens', async () => {
    const ask = (path: string) =>
      rawRequest(limited.url, path, {
        headers: { ...forwarded('192.0.2.3').headers, authorization: 'Bearer wrong' },
      });
    expect([(await ask('/metrics')).status, (await ask('/config')).status]).toEqual([401, 401]);
    const refused = await ask('/metrics');
    expect([refused.status, refused.code()]).toEqual([429, 'TOO_MANY_REQUESTS']);
    expect(refused.headers).toMatchObject({ 'ratelimit-policy': '"failures";q=2;w=60' });
  });
});

describe('concurrent streams and downloads of a user', () => {
  const forwarded = (user: string) => ({ 'x-forwarded-user': user });
  let limited: StagingService;
  beforeAll(async () => {
    const settings = { AUTH_MODE: 'header', TRUSTED_PROXIES: '127.0.0.1', LOG_FILE: 'users.log' };
    limited = await startStagingService(directory, {
      ...settings,
      STREAMS_PER_USER: '1',
      DOWNLOADS_PER_USER: '1',
      STREAMS_PER_PROCESS: '2',
      DOWNLOADS_PER_PROCESS: '2',
    });
    // More than the buffers of a connection hold.
    await writeFile(join(limited.sourceStorage, 'large'), '');
    await truncate(join(limited.sourceStorage, 'large'), 100_000_000);
  });
  afterAll(async () => {
    await limited.stop();
  });

  test.each([
    ['event streams', '/operations/events'],
    ['downloads', '/download/large'],
  ])('are limited, also for all users together: %s', async (_what, path) => {
    const first = new AbortController();
    const open = await fetch(limited.url + path, { headers: forwarded('ann'), signal: first.signal });
    expect(open.status).toBe(200);
    const refused = await rawRequest(limited.url, path, { headers: forwarded('ann') });
    expect([refused.status, refused.code()]).toEqual([429, 'TOO_MANY_AT_ONCE']);
    expect(refused.headers['retry-after']).toBe('10');
    const ask = async (user: string) => {
      const another = new AbortController();
      const { signal } = another;
      const { status } = await fetch(limited.url + path, { headers: forwarded(user), signal });
      another.abort();
      return status;
    };
    expect(await ask('bob')).toBe(200);
    const other = new AbortController();
    await waitFor(async () => {
      const answer = await fetch(limited.url + path, { headers: forwarded('bob'), signal: other.signal });
      return answer.status === 200;
    });
    const all = await rawRequest(limited.url, path, { headers: forwarded('carla') });
    expect([all.status, all.code()]).toEqual([429, 'TOO_MANY_AT_ONCE']);
    expect(all.text).toContain('of all users together');
    other.abort();
    first.abort();
    await waitFor(async () => (await ask('ann')) === 200);
  });
});

describeWith('redis', 'services that share a Redis', ({ url }) => {
  test('share the counters of an address', async () => {
    const name = `limits-${process.pid}`;
    const redis = new Redis(url);
    const key = `${name}:requests:127.0.0.1`;
    const limits = { REQUESTS_PER_MINUTE: '5000', LOG_FILE: 'shared.log' };
    const shared = await startStagingService(directory, { ...limits, REDIS_URL: url, QUEUE_NAME: name });
    const ask = async () => (await rawRequest(shared.url, '/config')).status;
    // Until it is connected, each process counts for itself.
    await waitFor(async () => (await ask()) === 200 && (await redis.get(key)) !== null);
    await redis.incrby(key, 5000);
    expect(await ask()).toBe(429);
    await redis.del(key);
    await redis.quit();
    await shared.stop();
  });
});

describe('queued operations', () => {
  let slow: StagingService;
  let slowDirectory: string;
  beforeAll(async () => {
    slowDirectory = await makeDataDirectory();
    slow = await startStagingService(slowDirectory, {
      ...slowCopies,
      CONCURRENCY: '1',
      WAITING_PER_USER: '2',
      WAITING_PER_SERVICE: '5',
    });
    await makeSlowFile(join(slow.sourceStorage, 'slow.fits'), untilAborted);
  });
  afterAll(async () => {
    await slow.kill();
    await removeDataDirectory(slowDirectory);
  });

  test('are limited for each user, for every kind of request', async () => {
    const client = clientOf(slow.url);
    const ask = (username: string, target: string) =>
      client.post(
        `/stage/local?username=${username}`,
        { local_path_on_storage: 'slow.fits', relative_path: target },
        { prefer: 'respond-async' },
      );
    const running = await ask('anna', 'runs');
    expect(running.status).toBe(202);
    await waitFor(async () => (await client.operations('&phase=EXECUTING')).length === 1);
    expect([(await ask('anna', 'first')).status, (await ask('anna', 'second')).status]).toEqual([202, 202]);
    const refused = await ask('anna', 'third');
    expect([refused.status, refused.problem().code]).toEqual([429, 'TOO_MANY_WAITING']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const items = ['x', 'y', 'z'].map((name) => ({
      local_path_on_storage: 'slow.fits',
      relative_path: name,
    }));
    const batch = (username: string, count: number) =>
      client.post(`/batches?method=local_copy&username=${username}`, { items: items.slice(0, count) });
    expect((await batch('bella', 3)).problem().code).toBe('TOO_MANY_WAITING');
    expect((await batch('bella', 2)).status).toBe(202);
    expect(await client.operations('&username=bella')).toHaveLength(2);
    expect((await ask('carla', 'first')).status).toBe(202);
    // Five are queued, of three users.
    const full = await ask('dora', 'first');
    expect([full.status, full.problem().code]).toEqual([503, 'QUEUE_FULL']);
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await batch('carla', 1)).problem().code).toBe('QUEUE_FULL');
    const aborted = await client.operations('&username=carla&phase=QUEUED');
    await fetch(`${slow.url}/operations/${aborted[0]?.id}`, { method: 'DELETE' });
    expect((await ask('dora', 'again')).status).toBe(202);
  });
});

describe('sizes', () => {
  let small: StagingService;
  let ownDirectory: string;
  beforeAll(async () => {
    ownDirectory = await makeDataDirectory();
    small = await startStagingService(ownDirectory, {
      MAX_BODY_BYTES: '4096',
      MAX_BATCH_BYTES: '65536',
      MAX_BATCH_ITEMS: '12',
      MAX_PAGE_ITEMS: '10',
    });
  });
  afterAll(async () => {
    await small.stop();
    await removeDataDirectory(ownDirectory);
  });
  const itemsOf = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      local_path_on_storage: 'missing',
      relative_path: `target-${index}`,
    }));
  const post = (path: string, body: object) => clientOf(small.url).post(path, body);

  test('of a body', async () => {
    const item = { local_path_on_storage: 'a', relative_path: 'x'.repeat(4096) };
    const answer = await post('/stage/local?username=alice', item);
    expect(answer.problem()).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  });

  test('of the body of a batch', async () => {
    const items = [{ local_path_on_storage: 'a'.repeat(66_000), relative_path: 'b' }];
    const answer = await post('/batches?method=local_copy&username=alice', { items });
    expect(answer.problem()).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  });

  test('of a batch', async () => {
    const path = '/batches?method=local_copy&username=alice';
    expect((await post(path, { items: itemsOf(12) })).status).toBe(202);
    const answer = await post(path, { items: itemsOf(13) });
    expect(answer.problem()).toMatchObject({ status: 422, code: 'BODY_INVALID' });
    expect(answer.text).toContain('may have up to 12 items');
  });

  test('of a page, with a cursor for the rest', async () => {
    const answer = await clientOf(small.url).get('/operations?limit=1000');
    const page = operationPageSchema.parse(JSON.parse(answer.text));
    expect([page.operations.length, typeof page.next_cursor]).toEqual([10, 'string']);
  });
});
