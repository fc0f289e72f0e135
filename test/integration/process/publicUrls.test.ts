import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rawRequest } from '../../contracts/rawRequest.ts';
import { freePort } from '../../services/freePort.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

const port = String(await freePort());

let directory: string;
beforeAll(async () => {
  directory = await makeDataDirectory();
});
afterAll(() => removeDataDirectory(directory));

/** A service for a suite. */
function serviceWith(environment: NodeJS.ProcessEnv): () => StagingService {
  let service: StagingService;
  beforeAll(async () => {
    service = await startStagingService(directory, environment);
    await writeFile(join(service.sourceStorage, 'x'), 'x');
  });
  afterAll(async () => {
    await service.stop();
  });
  return () => service;
}

const loopback = (service: StagingService) => `http://127.0.0.1:${new URL(service.url).port}`;
const jobForm = 'METHOD=local_copy&USERNAME=ann&LOCAL_PATH_ON_STORAGE=x&RELATIVE_PATH=x';
const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** Sends requests that no library of Node.js would. @returns the first line of the answer */
async function say(url: string, message: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.end(message);
  return (await text(socket)).split('\r\n')[0] ?? '';
}

describe('a service without PUBLIC_URLS', () => {
  const started = serviceWith({ HOST: '0.0.0.0', ALLOW_INSECURE: 'true' });
  const port = () => new URL(started().url).port;
  const statusFor = async (host: string) =>
    (await rawRequest(loopback(started()), '/config', { headers: { host } })).status;

  test('answers requests for the loopback names and for the address that it listens on', async () => {
    for (const name of ['127.0.0.1', 'localhost', 'LocalHost', '[::1]', '[0:0:0:0:0:0:0:1]', '0.0.0.0']) {
      expect([name, await statusFor(`${name}:${port()}`)]).toEqual([name, 200]);
    }
  });

  test.each(['localhost@evil.example', 'evil.example/127.0.0.1', '*', '[::1', 'a b', '127.0.0.1:x'])(
    'but not for %s',
    async (host) => {
      expect(await statusFor(host)).toBe(421);
      expect(await statusFor(`${host}:${port()}`)).toBe(421);
    },
  );

  test('answers an HTTP/1.0 client, which may omit the host', async () => {
    expect(await say(started().url, 'GET /config HTTP/1.0\r\n\r\n')).toMatch(/ 200 /);
    expect(await say(started().url, 'GET /config HTTP/1.0\r\nHost: evil.example\r\n\r\n')).toMatch(/ 421 /);
  });

  test('uses the host of a target in absolute form, not that of the header', async () => {
    const ask = (target: string, host: string) =>
      say(started().url, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await ask(`http://localhost:${port()}/config`, 'evil.example')).toMatch(/ 200 /);
    expect(await ask('http://evil.example/config', `localhost:${port()}`)).toMatch(/ 421 /);
  });

  test('answers Prometheus for any host', async () => {
    const headers = { host: '10.1.2.3:8000' };
    expect((await rawRequest(loopback(started()), '/metrics', { headers })).status).toBe(200);
  });
});

describe('a service behind a proxy that serves it beneath a path', () => {
  const urls = 'https://Staging.Example.org/api/,http://staging.example.org:8080,https://[2001:db8::1]/v1';
  const started = serviceWith({ PUBLIC_URLS: urls, TRUSTED_PROXIES: '127.0.0.0/8' });
  const createJob = (headers: Readonly<Record<string, string>>) =>
    rawRequest(loopback(started()), '/uws/jobs', {
      method: 'POST',
      headers: { ...form, ...headers },
      body: jobForm,
    });

  test.each([
    ['staging.example.org', 'https://staging.example.org/api'],
    ['STAGING.example.org:443', 'https://staging.example.org/api'],
    ['staging.example.org:8080', 'http://staging.example.org:8080'],
    ['[2001:DB8:0::1]', 'https://[2001:db8::1]/v1'],
  ])('makes addresses for the host %s of %s', async (host, url) => {
    const { status, headers } = await createJob({ host, origin: new URL(url).origin });
    expect([status, headers.location?.replace(/[^/]+$/, '')]).toEqual([303, `${url}/uws/jobs/`]);
    const list = await rawRequest(loopback(started()), '/uws/jobs?LAST=1', { headers: { host } });
    expect(list.text).toContain(`xlink:href="${headers.location}"`);
    const body = JSON.stringify({ local_path_on_storage: 'x', relative_path: 'y' });
    const accepted = await rawRequest(loopback(started()), '/stage/local?username=ann', {
      method: 'POST',
      headers: { host, 'content-type': 'application/json', prefer: 'respond-async' },
      body,
    });
    expect(accepted.status).toBe(202);
    expect(accepted.headers.location).toContain(`${new URL(url).pathname}/operations/`.replace('//', '/'));
  });

  test('does not answer for the address that it listens on, because PUBLIC_URLS names another', async () => {
    expect((await fetch(`${started().url}/config`)).status).toBe(421);
  });

  test('trusts its proxy for the host, and accepts pages of that host as its own', async () => {
    const { status, headers } = await createJob({
      'x-forwarded-host': 'staging.example.org',
      'x-forwarded-proto': 'https',
      origin: 'https://staging.example.org',
      'sec-fetch-site': 'same-origin',
    });
    expect([status, headers.location]).toEqual([
      303,
      expect.stringMatching('^https://staging.example.org/api/'),
    ]);
    expect((await createJob({ 'x-forwarded-host': 'evil.example' })).status).toBe(421);
    const host = 'staging.example.org';
    expect((await createJob({ host, origin: 'http://staging.example.org' })).status).toBe(403);
  });
});

describe('a service with proxies elsewhere', () => {
  const started = serviceWith({
    PORT: port,
    PUBLIC_URLS: `http://staging.example.org,http://127.0.0.1:${port}`,
    TRUSTED_PROXIES: '192.0.2.7,2001:db8::/32',
  });

  test('does not trust others', async () => {
    const headers = { ...form, 'x-forwarded-host': 'staging.example.org', 'x-forwarded-for': '192.0.2.7' };
    const answer = await rawRequest(started().url, '/uws/jobs', { method: 'POST', headers, body: jobForm });
    expect(answer.headers.location).toMatch(`${started().url}/uws/jobs/`);
  });
});
