import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import {
  type ChecksumAlgorithm,
  createDigests,
  type PartChecksums,
} from '../../../../shared/storage/digest/digests.ts';

const bytes = Buffer.from('123456789');

async function digestOf(
  algorithm: ChecksumAlgorithm,
  chunks: readonly Buffer[],
  parts?: PartChecksums,
): Promise<string | undefined> {
  const digests = await createDigests([algorithm], parts);
  for (const chunk of chunks) digests.update(chunk);
  return digests.digest()[algorithm];
}

// The check values of the catalogue of parametrised CRC algorithms, and of RFC 1950's Adler-32.
test.each([
  ['adler32', '091e01de'],
  ['crc32', 'cbf43926'],
  ['crc32c', 'e3069283'],
  ['crc64nvme', 'ae8b14860a799888'],
] as const)(
  '%s has its known value, also when it is computed again and in pieces',
  async (algorithm, hex) => {
    expect(await digestOf(algorithm, [bytes])).toBe(hex);
    expect(await digestOf(algorithm, [bytes.subarray(0, 2), bytes.subarray(2)])).toBe(hex);
  },
);

test('digests that are computed at the same time do not disturb each other', async () => {
  const [one, other] = [await createDigests(['adler32']), await createDigests(['adler32'])];
  one.update(bytes);
  other.update(Buffer.from('something else'));
  expect(one.digest().adler32).toBe('091e01de');
});

test.each(['sha256', 'sha1', 'crc32', 'crc32c'] as const)(
  'a composite checksum by %s is that of the checksums of the parts',
  async (algorithm) => {
    const content = randomBytes(1000);
    const sizes = [400, 400, 200];
    const whole = [content.subarray(0, 400), content.subarray(400, 800), content.subarray(800)];
    const ofParts = await Promise.all(whole.map((part) => digestOf(algorithm, [part])));
    const expected = await digestOf(algorithm, [Buffer.from(ofParts.join(''), 'hex')]);
    const chunks = [content.subarray(0, 1), content.subarray(1, 850), content.subarray(850)];
    expect(await digestOf('composite', chunks, { algorithm, sizes })).toBe(expected);
  },
);

test('a composite checksum of one part is the checksum of that part’s', async () => {
  const ofPart = createHash('sha256').update(bytes).digest();
  const parts = { algorithm: 'sha256', sizes: [bytes.length] } as const;
  expect(await digestOf('composite', [bytes], parts)).toBe(createHash('sha256').update(ofPart).digest('hex'));
});

test('a composite checksum of an empty part is the checksum of its checksum', async () => {
  const ofPart = createHash('sha256').digest();
  const parts = { algorithm: 'sha256', sizes: [0] } as const;
  expect(await digestOf('composite', [], parts)).toBe(createHash('sha256').update(ofPart).digest('hex'));
});
