import { expect, test } from '@jest/globals';
import { stagedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { readEvent } from '../../services/lambda/lambdaFunction.ts';
import { withFunction } from './withFunction.ts';

test('an event stream is one answer, which ends and contains the id to continue from', () =>
  withFunction('stageLocal', {}, async ({ invoke, addSource, startAnother }) => {
    await addSource('survey/notes.txt', 'Hello, sky\n');
    const begin = String(Date.now());
    const staged = await invoke(await readEvent('stageLocal'));
    const { id } = stagedAnswerSchema.parse(JSON.parse(staged.bytes.toString())).operation;
    const operations = startAnother('operations');
    const listen = async (path: string, lastEventId: string) => {
      const headers = { accept: 'text/event-stream', 'last-event-id': lastEventId };
      return operations.invoke(await readEvent('operations', { path, query: '', headers }));
    };
    const one = await listen(`/operations/${id}/events`, '');
    expect([one.status, one.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(one.bytes.toString()).toMatch(
      /^retry: 1000\n\nevent: operation\nid: \d+\ndata: \{.*"COMPLETED".*\}\n\n$/,
    );
    const [, seen = ''] = /\nid: (\d+)\n/.exec(one.bytes.toString()) ?? [];
    expect((await listen(`/operations/${id}/events`, seen)).status).toBe(204);
    const all = (await listen('/operations/events', begin)).bytes.toString();
    expect(all).toContain(`data: {"id":"${id}","phase":"COMPLETED"`);
    const places = [...all.matchAll(/^id: (\d+)$/gm)].map(([, place]) => Number(place));
    expect(places.at(-1)).toBeGreaterThan(Number(begin));
  }));

test('without a log file there is no log stream', () =>
  withFunction('logs', { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001' }, async ({ invoke }) => {
    const answer = await invoke(await readEvent('logs', { path: '/logs/stream', query: '' }));
    expect(answer.problem().code).toBe('LOG_NOT_KEPT');
  }));
