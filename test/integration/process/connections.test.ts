import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  makeDataDirectory,
  removeDataDirectory,
  startStagingService,
} from '../../services/staging/stagingService.ts';

let directory: string;
beforeAll(async () => {
  directory = await makeDataDirectory();
});
afterAll(() => removeDataDirectory(directory));

/** How long an idle connection stays open, according to the service. */
async function saidBy(environment: NodeJS.ProcessEnv): Promise<string | null> {
  const service = await startStagingService(directory, environment);
  const answer = await fetch(`${service.url}/healthz`);
  await service.stop();
  return answer.headers.get('keep-alive');
}

test('idle connections stay open for longer than those of proxies', async () => {
  expect(await saidBy({})).toBe('timeout=75');
  expect(await saidBy({ KEEP_ALIVE_TIMEOUT: '3600' })).toBe('timeout=3600');
});

test('an idle connection is closed after that time', async () => {
  const service = await startStagingService(directory, { KEEP_ALIVE_TIMEOUT: '1' });
  const { port, host } = new URL(service.url);
  const socket = connect(Number(port), '127.0.0.1');
  const ask = () => socket.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  for (let count = 0; count < 3; count += 1) {
    ask();
    await once(socket, 'data');
  }
  await once(socket, 'close');
  await service.stop();
});
