import { expect, test } from '@jest/globals';
import { parseMessage, resultOf } from '../../../shared/jupyter/kernelMessages.ts';

const frame = (message: unknown) => Buffer.from(JSON.stringify(message));

test('invalid messages of a kernel are ignored', () => {
  for (const message of [{}, null, 'text', [], { header: { msg_type: 'status' } }]) {
    expect(parseMessage(frame(message))).toBeUndefined();
  }
  expect(parseMessage(Buffer.from([0, 1, 255]))).toBeUndefined();
});

test('a reply is distinguished from other messages, and names its request', () => {
  const reply = {
    header: { msg_type: 'execute_reply' },
    parent_header: { msg_id: 'a' },
    content: { status: 'ok' },
  };
  expect(parseMessage(frame(reply))).toMatchObject({ kind: 'reply', requestId: 'a' });
  expect(parseMessage(frame({ ...reply, header: { msg_type: 'stream' } }))).toBeUndefined();
});

test("the end of the kernel's process is detected", () => {
  const status = (state: string) =>
    frame({ header: { msg_type: 'status' }, parent_header: {}, content: { execution_state: state } });
  expect(parseMessage(status('restarting'))).toEqual({ kind: 'ended' });
  expect(parseMessage(status('busy'))).toBeUndefined();
});

test('the result is the text of the expression, or the reason for its absence', () => {
  const data = { 'text/plain': "'x'" };
  expect(resultOf({ status: 'ok', user_expressions: { result: { data } } })).toEqual({ text: "'x'" });
  expect(resultOf({ status: 'error', evalue: 'no module' })).toEqual({ reason: 'no module' });
});
