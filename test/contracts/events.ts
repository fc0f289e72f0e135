import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { operationSchema } from '../../shared/http/contract/answers/operations.ts';
import { logLineSchema } from '../../shared/http/contract/answers/site.ts';
import type { ReachableService } from '../services/staging/stagingService.ts';
import { type HeardEvent, listen, listenUntil } from './eventClient.ts';
import { clientOf } from './httpClient.ts';
import { waitFor } from './waitFor.ts';

const operationOf = ({ data }: HeardEvent) => operationSchema.parse(data);

/** Event streams. Behind a gateway that buffers answers, clients get events when each answer ends. */
export function eventContract(service: () => ReachableService): void {
  const client = () => clientOf(service().url);
  const stage = async (source: string, username: string) => {
    await client().stage('local_copy', source, `${source}.copy`, username);
    return (await client().operations(`&username=${username}`))[0]?.id ?? '';
  };
  beforeAll(() => writeFile(join(service().sourceStorage, 'heard'), 'data'));

  test('an ended operation is sent once, and a client that has it already gets 204, so that it does not reconnect', async () => {
    const id = await stage('heard', 'wilma');
    const url = `${service().url}/operations/${id}/events`;
    const [state, ...others] = await listenUntil(url, () => true);
    if (!state) throw new Error('Nothing was heard');
    expect(operationOf(state)).toEqual(await client().operation(id));
    expect([state.name, others]).toEqual(['operation', []]);
    const again = await listen(url, state.id);
    expect([again.status, again.text()]).toEqual([204, '']);
    expect(await listenUntil(url, () => true, '1')).toEqual([state]);
  });

  test('a client that listens to the operations of a user gets each of them, and no others', async () => {
    const heard = listenUntil(
      `${service().url}/operations/events?username=zoe&method=local_copy`,
      (event) => operationOf(event).phase === 'ERROR',
    );
    // A reconnecting stream is not needed here: the event exists when this is answered.
    await client().get('/operations/events', { method: 'HEAD' });
    await stage('heard', 'yan');
    const staged = await stage('heard', 'zoe');
    const failed = await stage('missing', 'zoe');
    const operations = (await heard).map(operationOf);
    expect(operations.at(-1)).toMatchObject({ id: failed, error_code: 'SOURCE_NOT_FOUND' });
    const ofStaged = operations.filter(({ id }) => id === staged);
    expect(ofStaged.at(-1)).toMatchObject({ phase: 'COMPLETED', bytes_done: 4 });
    expect(new Set(operations.map(({ username }) => username))).toEqual(new Set(['zoe']));
  });

  test('the log is streamed as it is written, by level and operation, with the lines of GET /logs', async () => {
    const id = await stage('heard', 'xaver');
    const logs = `/logs?operation=${id}`;
    await waitFor(async () => (await client().get(logs)).text.includes('request answered'));
    const url = `${service().url}/logs/stream?operation=${id}&level=info`;
    const lines = (await listenUntil(url, (event) => JSON.stringify(event).includes('request answered'))).map(
      ({ data }) => logLineSchema.parse(data),
    );
    expect(lines.map(({ text }) => `${text}\n`).join('')).toBe((await client().get(logs)).text);
    for (const line of lines) expect(line).toMatchObject({ level: 'INFO', operation_id: id });
    expect(lines.map(({ message }) => message)).toContain('staging completed');
  });

  test('invalid streams are answered with a problem', async () => {
    const unknown = await client().get('/operations/01a209e7-8b77-7024-8304-cbb11471d800/events');
    expect(unknown.problem().code).toBe('OPERATION_NOT_FOUND');
    for (const path of ['/operations/events?phase=NOPE', '/logs/stream?limit=-1', '/logs/stream?level=x']) {
      expect((await client().get(path)).status).toBe(422);
    }
    for (const path of ['/operations/events', '/logs/stream']) {
      expect((await client().post(path, {})).headers.get('allow')).toBe('GET, HEAD');
    }
  });

  test('HEAD returns the headers of a stream, also to pages of other origins', async () => {
    for (const path of ['/operations/events', '/logs/stream']) {
      const init = { method: 'HEAD', headers: { origin: 'http://localhost:3000' } };
      const { status, headers } = await client().get(path, init);
      expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
      expect(headers.get('cache-control')).toBe('no-store, no-transform');
      expect(headers.get('x-accel-buffering')).toBe('no');
      expect(headers.get('content-encoding')).toBeNull();
      expect(headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
    }
  });
}
