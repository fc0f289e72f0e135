import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { createEventStreams, type EventStream } from '../../../shared/http/answers/eventStream.ts';
import { streamedTransport } from '../../../shared/http/answers/transport.ts';
import { listen } from '../../contracts/eventClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';

const streams = createEventStreams(streamedTransport);
const limited = createEventStreams({ buffersAnswers: true });
const opened: EventStream[] = [];
const app = express();
app.get('/events', (request, response) => void opened.push(streams.open(request, response)));
app.get('/limited', (request, response) => void opened.push(limited.open(request, response)));
const server = app.listen(0, '127.0.0.1');
let port = 0;
beforeAll(async () => {
  if (!server.listening) await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const large = 'x'.repeat(10_000);
const event = (key: string, data: unknown) => ({ name: 'state', key, id: key, data: () => data });

/** A client that sends a request and then reads nothing. */
async function connectSlowly(): Promise<{ socket: Socket; stream: EventStream }> {
  const count = opened.length;
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write('GET /events HTTP/1.1\r\nHost: test\r\n\r\n');
  socket.pause();
  await waitFor(async () => opened.length > count);
  const stream = opened.at(-1);
  if (!stream) throw new Error('There is no stream');
  // Until the network buffers are full.
  for (let key = 0; await isReady(stream); key += 1) stream.send(event(`fill-${key}`, large));
  return { socket, stream };
}

/** Whether it accepts more immediately. */
function isReady(stream: EventStream): Promise<boolean> {
  const later = new Promise<boolean>((resolve) => setImmediate(resolve, false));
  return Promise.race([stream.whenReady(), later]);
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (part) => {
    text += part;
  });
  await once(socket, 'close');
  return text;
}

test('an event arrives with its name, its id and its data, and must not be cached', async () => {
  const listening = await listen(`http://127.0.0.1:${port}/events`);
  opened.at(-1)?.send(event('17', { text: 'two\nlines' }));
  expect(await listening.next()).toEqual({ name: 'state', id: '17', data: { text: 'two\nlines' } });
  expect(listening.text()).toBe('retry: 1000\n\nevent: state\nid: 17\ndata: {"text":"two\\nlines"}\n\n');
  expect(listening.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(listening.headers.get('cache-control')).toBe('no-store, no-transform');
  expect(listening.headers.get('x-accel-buffering')).toBe('no');
  await listening.leave();
});

test('a slow client gets no outdated states, but each last state, then the end', async () => {
  const { socket, stream } = await connectSlowly();
  for (let round = 0; round < 500; round += 1) {
    for (const key of ['one', 'two']) stream.send(event(key, `${key} ${round}`));
  }
  stream.send(event('one', 'one has ended'));
  stream.end();
  const text = await readAll(socket.resume());
  expect(text).not.toContain('one 498');
  expect(text.slice(text.indexOf('id: two'))).toContain('two 499');
  expect(text.indexOf('two 499')).toBeLessThan(text.indexOf('one has ended'));
  expect(text.match(/event: state\nid: (one|two)/g)).toHaveLength(2);
});

test('a client that is too far behind is disconnected, and reconnects for missed events', async () => {
  const { socket, stream } = await connectSlowly();
  let made = 0;
  const data = () => {
    made += 1;
    return large;
  };
  for (let key = 0; key < 5000; key += 1) stream.send({ name: 'state', key: `late-${key}`, data });
  expect(await stream.whenReady()).toBe(false);
  expect(made).toBe(0);
  const text = await readAll(socket.resume()).catch(() => '');
  expect(text).not.toContain('late-');
});

test('a client that disconnects ends its stream, and waiters on the stream are notified', async () => {
  const { socket, stream } = await connectSlowly();
  let isOver = false;
  stream.onEnd(() => {
    isOver = true;
  });
  const ready = stream.whenReady();
  socket.destroy();
  expect(await ready).toBe(false);
  expect(isOver).toBe(true);
});

test("a buffered answer ends before it exceeds the gateway's limit", async () => {
  const listening = await listen(`http://127.0.0.1:${port}/limited`);
  const stream = opened.at(-1);
  for (let key = 0; key < 500; key += 1) stream?.send(event(String(key), large));
  let count = 0;
  while (await listening.next()) count += 1;
  expect(count).toBeGreaterThan(100);
  expect(listening.text().length).toBeLessThan(3_000_000);
});

test('HEAD is answered without a stream', async () => {
  const answer = await fetch(`http://127.0.0.1:${port}/events`, { method: 'HEAD' });
  expect([answer.status, await answer.text()]).toEqual([200, '']);
});

test('all streams end when the service stops, and a new one ends immediately', async () => {
  const listening = await listen(`http://127.0.0.1:${port}/events`);
  streams.close();
  expect(await listening.next()).toBeUndefined();
  const late = await listen(`http://127.0.0.1:${port}/events`);
  expect(await late.next()).toBeUndefined();
});
