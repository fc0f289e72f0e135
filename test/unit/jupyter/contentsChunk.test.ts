import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { allocateBody, encodeChunk } from '../../../shared/jupyter/uploadFile.ts';

test.each([0, 1, 2, 3, 48 * 1024, 48 * 1024 + 1, 300_000])(
  '%d bytes are sent as JSON that contains them',
  (size) => {
    const bytes = randomBytes(size);
    const body = JSON.parse(Buffer.from(encodeChunk(2, bytes, allocateBody(size))).toString());
    expect(body).toMatchObject({ type: 'file', format: 'base64', chunk: 2 });
    expect(Buffer.from(body.content, 'base64').equals(bytes)).toBe(true);
  },
);

test('a file that is sent in one request has no chunk number', () => {
  expect(
    JSON.parse(Buffer.from(encodeChunk(undefined, Buffer.from('a'), allocateBody(1))).toString()),
  ).toEqual({
    type: 'file',
    format: 'base64',
    content: 'YQ==',
  });
});
