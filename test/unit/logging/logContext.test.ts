import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import {
  contextFields,
  currentRequestId,
  setOperationId,
  withLogContext,
} from '../../../shared/logging/logContext.ts';

describe('the log context', () => {
  test('is empty outside of any context', () => {
    setOperationId('nobody');
    expect(contextFields()).toEqual({});
    expect(currentRequestId()).toBeUndefined();
  });

  test('is kept across awaits, timers and callbacks', async () => {
    await withLogContext({ requestId: 'r1' }, async () => {
      await nextTurn();
      await Promise.all([nextTurn(), new Promise((done) => setTimeout(done, 0))]);
      expect(currentRequestId()).toBe('r1');
      await new Promise<void>((done) => process.nextTick(done));
      expect(contextFields()).toEqual({ request_id: 'r1' });
    });
    expect(currentRequestId()).toBeUndefined();
  });

  test('a nested context extends the surrounding one, which stays unchanged', () => {
    withLogContext({ requestId: 'r1', operationId: 'o1' }, () => {
      withLogContext({ operationId: 'o2' }, () => {
        expect(contextFields()).toEqual({ request_id: 'r1', operation_id: 'o2' });
      });
      expect(contextFields()).toEqual({ request_id: 'r1', operation_id: 'o1' });
    });
  });

  test('an operation id that is set deep within awaits holds for the rest of the request', async () => {
    await withLogContext({ requestId: 'r1' }, async () => {
      const record = async () => {
        await nextTurn();
        setOperationId('o1');
      };
      await record();
      expect(contextFields()).toEqual({ request_id: 'r1', operation_id: 'o1' });
    });
  });

  test("concurrent operations do not get each other's ids", async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `o${index}`);
    const seen = await withLogContext({ requestId: 'batch' }, () =>
      Promise.all(
        ids.map((id) =>
          withLogContext({}, async () => {
            await nextTurn();
            setOperationId(id);
            await nextTurn();
            return contextFields();
          }),
        ),
      ),
    );
    expect(seen).toEqual(ids.map((id) => ({ request_id: 'batch', operation_id: id })));
  });

  test('returns the result of the work, or throws its error', async () => {
    expect(withLogContext({}, () => 7)).toBe(7);
    await expect(withLogContext({}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
