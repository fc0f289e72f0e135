import { Socket } from 'node:net';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import { serializeError } from '../../../shared/logging/logError.ts';

describe('an error in a log line', () => {
  test('has its type, message, stack, code and causes', () => {
    const cause = Object.assign(new Error('disk'), { code: 'EIO', errno: -5 });
    expect(serializeError(new StagingError('INTERNAL', {}, { cause }))).toMatchObject({
      type: 'StagingError',
      code: 'INTERNAL',
      stack: expect.stringContaining('StagingError: An internal error'),
      cause: {
        type: 'Error',
        message: 'disk',
        code: 'EIO',
        errno: -5,
        stack: expect.stringContaining('at '),
      },
    });
  });

  test('has its aggregated errors', () => {
    const error = new AggregateError([new Error('one'), 'two'], 'both');
    expect(serializeError(error)).toMatchObject({ errors: [{ message: 'one' }, 'two'] });
  });

  test('omits sockets and other objects that libraries attach to it', () => {
    const error = Object.assign(new Error('no answer'), {
      socket: new Socket(),
      config: { a: 1 },
      status: 502,
    });
    expect(Object.keys(Object(serializeError(error))).sort()).toEqual(['message', 'stack', 'status', 'type']);
  });

  test('terminates, although it is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(() => JSON.stringify(serializeError(error))).not.toThrow();
  });

  test('may be frozen or from another realm', () => {
    expect(serializeError(Object.freeze(new Error('cold')))).toMatchObject({ message: 'cold' });
    expect(serializeError(runInNewContext('new TypeError("far")'))).toMatchObject({ type: 'TypeError' });
  });

  test.each(['text', 7, undefined, null])('a value that is not an error is unchanged: %p', (thrown) => {
    expect(serializeError(thrown)).toBe(thrown);
  });
});
