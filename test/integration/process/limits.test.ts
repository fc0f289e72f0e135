import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rawRequest } from '../../contracts/rawRequest.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/stagingService.ts';

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

/** What is answered until the connection is closed. */
async function answerTo(message: string): Promise<string> {
  return text(await send(message));
}

describe('headers', () => {
  test('the longest path fits with the cookies of a proxy', async () => {
    const name = `${'%C3%A9'.repeat(127)}/`;
    const headers = { cookie: 'x'.repeat(8000) };
    const answer = await rawRequest(service.url, `/download/${name.repeat(16)}`, { headers });
    expect([answer.status, answer.code()]).toEqual([400, 'SOURCE_NOT_FOUND']);
  });

  test('larger ones are refused with a problem, and the connection is closed', async () => {
    const headers = { cookie: 'x'.repeat(70_000) };
    const answer = await rawRequest(service.url, '/config', { headers });
    expect([answer.status, answer.code()]).toEqual([431, 'HEADERS_TOO_LARGE']);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      connection: 'close',
    });
  });

  test('what is no HTTP is refused with a problem, too', async () => {
    const answer = await answerTo('hello\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('"code":"REQUEST_MALFORMED"');
  });
});
