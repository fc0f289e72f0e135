import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { createAdler32 } from 'hash-wasm';
import type { ResponseBody } from '../../../../functions/downloadFile/delivery/responseBody.ts';
import { sendBytes } from '../../../../functions/downloadFile/delivery/sendBytes.ts';
import { StagingError } from '../../../../shared/errors/stagingError.ts';
import { createDigestThreads, type DigestThreads } from '../../../../shared/storage/digest/digestThreads.ts';
import { Progress } from '../../../../shared/storage/progress.ts';
import type { ReadableFile } from '../../../../shared/storage/source.ts';

// Large enough that the digests of a fast client continue in threads.
const content = randomBytes(100 * 1024 * 1024 + 1);
const whole = { start: 0, end: content.length - 1 };
const sha256 = createHash('sha256').update(content).digest('hex');
let adler32: string;

const threads = createDigestThreads();
const begun = jest.fn<DigestThreads['begin']>((...digest) => threads.begin(...digest));
const observed: DigestThreads = { ...threads, begin: begun };

beforeAll(async () => {
  adler32 = (await createAdler32()).update(content).digest('hex');
});
afterEach(() => {
  jest.restoreAllMocks();
  begun.mockClear();
});
afterAll(() => threads.close());

/** A file in memory with these bytes, of the length of the content. */
function fileOf(bytes: Uint8Array): Pick<ReadableFile, 'path' | 'stream'> {
  return {
    path: 'survey/cube.fits',
    async *stream({ start, end }, _signal, memory) {
      for (let position = start; position <= end && position < bytes.length; ) {
        const chunk = memory?.() ?? Buffer.alloc(1024 * 1024);
        const part = bytes.subarray(position, Math.min(position + chunk.length, end + 1));
        chunk.set(part);
        yield chunk.subarray(0, part.length);
        position += part.length;
      }
    },
  };
}

/** Receives what is sent; `afterWrite` may delay it, or fail. */
function receiver(afterWrite: (bytes: number) => void = () => undefined) {
  const received = createHash('sha256');
  let bytes = 0;
  const body: ResponseBody = {
    async write(chunk) {
      received.update(chunk);
      bytes += chunk.length;
      afterWrite(bytes);
    },
    end: async () => undefined,
    breakOff: async () => undefined,
  };
  return { body, received };
}

/** No time passes: a client is fast however busy the machine is. */
function stopTheClock(): void {
  jest.spyOn(performance, 'now').mockReturnValue(0);
}

function context() {
  const digests = ['sha256', 'adler32'] as const;
  return { digests, progress: new Progress(), signal: new AbortController().signal };
}

test('the digests of what a fast client receives continue in threads, and are those of the whole', async () => {
  stopTheClock();
  const { body, received } = receiver();
  const sent = await sendBytes(fileOf(content), whole, body, context(), observed);
  expect(sent.digests).toEqual({ sha256, adler32 });
  expect(received.update(sent.lastChunk).digest('hex')).toBe(sha256);
  expect(begun.mock.calls).toEqual([['sha256'], ['adler32']]);
});

test('a client that becomes slow, and fast again, receives the same', async () => {
  let waitedMs = 0;
  const { now } = performance;
  jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + waitedMs);
  const { body, received } = receiver((bytes) => {
    if (bytes > 20e6) waitedMs = 2000;
  });
  const sent = await sendBytes(fileOf(content), whole, body, context(), observed);
  expect(sent.digests).toEqual({ sha256, adler32 });
  expect(received.update(sent.lastChunk).digest('hex')).toBe(sha256);
});

test('no thread is used for a slow client, nor where no digest is wanted', async () => {
  let nowMs = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const slow = receiver((bytes) => {
    nowMs = bytes;
  });
  const sent = await sendBytes(fileOf(content), whole, slow.body, context(), observed);
  expect(sent.digests).toEqual({ sha256, adler32 });
  jest.restoreAllMocks();
  const undigested = { ...context(), digests: [] };
  expect((await sendBytes(fileOf(content), whole, receiver().body, undigested, observed)).digests).toEqual(
    {},
  );
  expect(begun).not.toHaveBeenCalled();
});

test('a client that leaves ends its digests, and those of others continue', async () => {
  stopTheClock();
  const left = new StagingError('CLIENT_CLOSED');
  const leaving = receiver((bytes) => {
    if (bytes > 50e6) throw left;
  });
  const [first, second] = await Promise.allSettled([
    sendBytes(fileOf(content), whole, leaving.body, context(), observed),
    sendBytes(fileOf(content), whole, receiver().body, context(), observed),
  ]);
  expect(first).toEqual({ status: 'rejected', reason: left });
  expect(second).toMatchObject({ status: 'fulfilled', value: { digests: { sha256, adler32 } } });
  expect(begun).toHaveBeenCalledTimes(4);
});

test('a file that has become shorter is not sent as a whole', async () => {
  const shorter = fileOf(content.subarray(0, 90e6));
  const sending = sendBytes(shorter, whole, receiver().body, context(), observed);
  await expect(sending).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
});
