import { expect, test } from '@jest/globals';
import { createBandwidth } from '../../../shared/storage/bandwidth.ts';
import { IoError } from '../../../shared/storage/io/ioFailure.ts';
import { Progress } from '../../../shared/storage/progress.ts';

const mebibyte = 1024 ** 2;
/** How much may pass immediately after a pause, in seconds. */
const creditSeconds = 0.25;

/** Copies without data: they wait for bandwidth, and count the bytes that they may move. */
function copies(bytesPerSecond: number) {
  const shareBandwidth = createBandwidth(bytesPerSecond);
  const began = performance.now();
  const allowed = () => bytesPerSecond * ((performance.now() - began) / 1000 + creditSeconds);
  const begin = () => new Progress({ bandwidth: shareBandwidth() });
  const move = async (progress: Progress, pieceBytes: number, pieces: number) => {
    for (let piece = 0; piece < pieces; piece += 1) {
      await progress.pace(pieceBytes);
      progress.addBytes(pieceBytes);
    }
  };
  return { allowed, begin, move };
}

test.each([
  ['a few bytes', 1000, 2000],
  ['many bytes', mebibyte, 2],
])('copies that move %s at a time respect the limit together', async (_, pieceBytes, pieces) => {
  const { allowed, begin, move } = copies(8 * mebibyte);
  const [one, other] = [begin(), begin()];
  await Promise.all([move(one, pieceBytes, pieces), move(other, pieceBytes, pieces)]);
  expect(one.bytesDone + other.bytesDone).toBe(2 * pieceBytes * pieces);
  expect(2 * pieceBytes * pieces).toBeLessThanOrEqual(allowed());
});

test('a copy with many streams gets no more bandwidth than one with a single stream', async () => {
  const { begin, move } = copies(4 * mebibyte);
  const [many, single] = [begin(), begin()];
  const streams = Promise.all(Array.from({ length: 16 }, () => move(many, mebibyte / 4, 40))).catch(() => 0);
  await move(single, mebibyte / 4, 8);
  // In turns it would be as much as the single one; the rest is what a stalled machine makes up for.
  expect(many.bytesDone).toBeLessThan(2 * single.bytesDone + creditSeconds * 4 * mebibyte);
  many.stop();
  await streams;
});

test('a copy that waits for hours stops on request', async () => {
  const { begin } = copies(1);
  const progress = begin();
  const waiting = progress.pace(mebibyte);
  progress.stop();
  await expect(waiting).rejects.toBeInstanceOf(IoError);
});

test('without a limit nothing waits, and pieces are as large as they may be', async () => {
  const progress = new Progress({ bandwidth: createBandwidth(undefined)() });
  await progress.pace(Number.MAX_SAFE_INTEGER);
  expect(progress.pieceBytes(mebibyte)).toBe(mebibyte);
});

test.each([
  [1, 65_536],
  [600_000, 65_536],
  [3_000_000, 262_144],
  [10 ** 9, 4 * mebibyte],
])('with %d bytes per second, pieces have %d bytes', (bytesPerSecond, pieceBytes) => {
  const progress = new Progress({ bandwidth: createBandwidth(bytesPerSecond)() });
  expect(progress.pieceBytes(4 * mebibyte)).toBe(pieceBytes);
});
