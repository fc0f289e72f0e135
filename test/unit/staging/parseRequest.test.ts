import { expect, test } from '@jest/globals';
import { parseConfig } from '../../../shared/config/config.ts';
import { newRow } from '../../../shared/record/rows/operationRow.ts';
import { toOperation } from '../../../shared/record/rows/readOperations.ts';
import { recordedRequest } from '../../../shared/staging/parseRequest.ts';
import { request } from '../../contracts/record/request.ts';

const config = parseConfig({ SOURCE_STORAGE_PATH: '/survey', TARGET_STORAGE_PATH: '/users' });
const recorded = (changes: Partial<typeof request>) =>
  toOperation(newRow({ ...request, ...changes }, { worker: 'worker', queueOwner: null }));

test('a record yields the request that it was made from', () => {
  const operation = recorded({ expectedDigests: { adler32: '0a0b0c0d' } });
  const { method, request: again } = recordedRequest(operation, config);
  expect(method).toBe('local_copy');
  expect(again).toMatchObject({
    operationId: operation.id,
    username: 'alice',
    source: { given: '/survey/m31.fits' },
    target: { given: 'data/m31.fits' },
    expectedDigests: { adler32: '0a0b0c0d' },
    jupyterToken: undefined,
  });
});

test.each([
  { method: 'teleport' },
  { username: '../bob' },
  { localPathOnStorage: null },
  { relativePath: null },
])('a record of an invalid request is not executed: %j', (changes) => {
  expect(() => recordedRequest(recorded(changes), config)).toThrow(
    expect.objectContaining({ code: 'NOT_RETRYABLE' }),
  );
});

test('a record is checked against the currently offered storages', () => {
  const climbing = recorded({ localPathOnStorage: '/elsewhere/m31.fits' });
  expect(() => recordedRequest(climbing, config)).toThrow(
    expect.objectContaining({ code: 'PATH_OUTSIDE_STORAGE' }),
  );
});
