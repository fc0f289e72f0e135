import { expect, test } from '@jest/globals';
import { acceptedAnswerSchema, operationSchema } from '../../../shared/http/contract/answers/operations.ts';
import { logLineSchema } from '../../../shared/http/contract/answers/site.ts';
import { type HeardEvent, listen, listenUntil } from '../../contracts/eventClient.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { slowCopies } from '../../services/staging/slowCopies.ts';
import { startStagingService } from '../../services/staging/stagingService.ts';
import { serviceWithSources } from './serviceWithSources.ts';

const started = serviceWithSources({ LOGGING_LEVEL: 'DEBUG' });

const client = () => clientOf(started().service.url);
const stateOf = ({ data }: HeardEvent) => operationSchema.parse(data);
const hasEnded = (event: HeardEvent) => !['QUEUED', 'EXECUTING'].includes(stateOf(event).phase);

async function begin(target: string, url = started().service.url): Promise<string> {
  const body = { local_path_on_storage: 'large', relative_path: target };
  const headers = { prefer: 'respond-async' };
  const answer = await clientOf(url).post('/stage/local?username=alice', body, headers);
  return acceptedAnswerSchema.parse(JSON.parse(answer.text)).operation.id;
}

test('each process reports progress, speed and end of a copy in any process', async () => {
  await using other = await startOther();
  const id = await begin('watched');
  const heard = Promise.all(
    [started().service.url, other.url].map((url) => listenUntil(`${url}/operations/${id}/events`, hasEnded)),
  );
  const isFast = (event: HeardEvent) => (stateOf(event).rate_bytes_per_second ?? 0) > 0;
  // Each polls for itself, and one may get a state a second earlier than the other.
  await Promise.all(
    [started().service.url, other.url].map((url) => listenUntil(`${url}/operations/${id}/events`, isFast)),
  );
  expect((await client().operation(id)).rate_bytes_per_second).toBeGreaterThan(0);
  await client().get(`/operations/${id}`, { method: 'DELETE' });
  for (const events of await heard) {
    const states = events.map(stateOf);
    expect(states.at(-1)).toMatchObject({
      phase: 'ABORTED',
      rate_bytes_per_second: null,
      seconds_left: null,
    });
    const done = states.map(({ bytes_done }) => bytes_done);
    expect(done).toEqual(done.toSorted((one, another) => one - another));
    const revisions = events.map((event) => Number(event.id));
    expect(revisions).toEqual([...new Set(revisions)].toSorted((one, another) => one - another));
    const known = states.find(({ rate_bytes_per_second: rate }) => rate !== null);
    expect(known?.rate_bytes_per_second).toBeGreaterThan(0);
    expect(known?.seconds_left).toBeGreaterThan(0);
  }
  expect((await client().operation(id)).rate_bytes_per_second).toBeNull();
}, 60_000);

test('a client that reconnects to another process gets the end that it missed, even if its first process was killed', async () => {
  await using other = await startOther({});
  const all = await listen(`${other.url}/operations/events`);
  const id = await begin('killed', other.url);
  let place: string | undefined;
  for (let event = await all.next(); event; event = await all.next()) {
    place = event.id;
    if (event.data !== undefined && stateOf(event).bytes_done > 0) break;
  }
  await other.kill();
  expect(await all.next().catch(() => undefined)).toBeUndefined();
  // It recovers operations of the dead one at its start, and therefore before anybody can listen.
  await using next = await startOther({});
  const missed = await listenUntil(
    `${next.url}/operations/events`,
    (event) => stateOf(event).id === id && hasEnded(event),
    place,
  );
  expect(missed.map(stateOf).at(-1)).toMatchObject({ phase: 'ERROR', error_code: 'INTERRUPTED' });
}, 60_000);

test('a client that reconnects to the log gets the lines that it missed, and none twice', async () => {
  const url = `${started().service.url}/logs/stream?level=info`;
  const listening = await listen(url);
  let event = await listening.next();
  while (event?.data !== undefined) event = await listening.next();
  await listening.leave();
  await client().stage('local_copy', 'lost', 'lost');
  const isOfLost = ({ data }: HeardEvent) => logLineSchema.parse(data).message.endsWith('not exist: lost');
  const missed = await listenUntil(url, isOfLost, event?.id);
  expect(missed.filter(isOfLost)).toHaveLength(1);
  const requests = new Set(missed.map(({ data }) => logLineSchema.parse(data).request_id));
  expect(requests.size).toBe(1);
  const next = await listen(url, missed.at(-1)?.id);
  expect(logLineSchema.parse((await next.next())?.data).message).toBe('request answered');
  await next.leave();
});

test('a stream is one line in the log and no long request in the metrics', async () => {
  const listening = await listen(`${started().service.url}/operations/events`);
  await listening.next();
  await listening.leave();
  const requestId = listening.headers.get('x-request-id') ?? '';
  const lines = async () =>
    (await client().get('/logs')).text.split('\n').filter((line) => line.includes(requestId));
  await waitFor(async () => (await lines()).length > 0);
  expect(await lines()).toEqual([
    expect.stringMatching(/ DEBUG event stream ended .* path=\/operations\/events /),
  ]);
  const metrics = (await client().get('/metrics')).text;
  expect(metrics).toContain(
    'staging_http_request_duration_seconds_count{route="/operations/events",method="GET",status="2xx"} 1',
  );
});

test('a service that stops ends its streams before its operations, and makes an EventSource reconnect', async () => {
  const other = await startOther({ SHUTDOWN_TIMEOUT: '5' });
  const id = await begin('stopped', other.url);
  const paths = ['/operations/events', '/logs/stream', `/operations/${id}/events`];
  const streams = await Promise.all(paths.map((path) => listen(other.url + path)));
  const ended = streams.map(async ({ next }) => {
    while (await next());
  });
  const stopped = other.stop();
  await Promise.all(ended);
  const late = await listen(`${other.url}/operations/events`);
  expect([late.status, await late.next(), late.text()]).toEqual([200, undefined, 'retry: 10000\n\n']);
  expect((await clientOf(other.url).get('/operations/events')).problem().code).toBe('SHUTTING_DOWN');
  expect(await stopped).toBe(0);
  expect(await client().operation(id)).toMatchObject({ phase: 'ERROR', error_code: 'INTERRUPTED' });
}, 60_000);

/** Another process on the same database, which is ended with the test. */
async function startOther(environment: NodeJS.ProcessEnv = { FUNCTIONS: 'operations,logs' }) {
  const other = await startStagingService(started().directory, { ...slowCopies, ...environment });
  return { ...other, [Symbol.asyncDispose]: () => other.kill() };
}
