import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { extract, type Header } from 'tar-stream';
import { tarHeader } from '../../../../functions/downloadFile/delivery/tarHeader.ts';

/** The header of a member, as another program reads it. */
async function readBack(path: string, sizeBytes = 0, modifiedAtNs = 0n): Promise<Header> {
  const { announcement, rest } = tarHeader({ path, mode: 0o640, sizeBytes, modifiedAtNs });
  const reader = extract();
  const entry = once(reader, 'entry');
  reader.write(Buffer.concat([announcement, rest]));
  const [header] = await entry;
  reader.destroy();
  return header;
}

const lengths = [1, 2, 50, 98, 99, 100, 101, 154, 155, 156, 254, 255, 256, 257, 300, 4000];

test.each(lengths)('a name of %d bytes', async (length) => {
  expect(await readBack('n'.repeat(length))).toMatchObject({ name: 'n'.repeat(length), mode: 0o640 });
});

test.each(lengths.flatMap((folder) => [1, 50, 99, 100, 101, 255].map((name) => [folder, name] as const)))(
  'a name in a folder of %d and %d bytes, and a folder there',
  async (folder, name) => {
    const path = `${'f'.repeat(folder)}/${'n'.repeat(name)}`;
    expect((await readBack(path)).name).toBe(path);
    expect((await readBack(`${path}/`)).name).toBe(`${path}/`);
  },
);

test('a long name that is not UTF-8 is marked as bytes, and others are not', async () => {
  const folder = 'f'.repeat(300);
  expect((await readBack(`${folder}/scan\xe9`)).pax).toMatchObject({ hdrcharset: 'BINARY' });
  expect((await readBack(`${folder}/scan\xc3\xa9`)).pax).not.toHaveProperty('hdrcharset');
});

test.each([0, 8 ** 11 - 1, 8 ** 11, 9 * 1024 ** 3, Number.MAX_SAFE_INTEGER])('%d bytes', async (size) => {
  expect((await readBack('file', size)).size).toBe(size);
  const { announcement, rest } = tarHeader({ path: 'file', mode: 0, sizeBytes: size, modifiedAtNs: 0n });
  const listed = spawnSync('tar', ['--list', '--verbose', '--file=-'], {
    input: Buffer.concat([announcement, rest]),
  });
  expect(listed.stdout.toString()).toContain(` ${size} `);
});

test.each([
  [0n, '0'],
  [1n, '0.000000001'],
  [-1n, '-0.000000001'],
  [-157_766_400_500_000_000n, '-157766400.5'],
  [2_208_988_800_000_000_000n, '2208988800'],
  [10n ** 28n + 1n, '10000000000000000000.000000001'],
])('the time %d', async (time, text) => {
  expect((await readBack('file', 0, time)).pax).toMatchObject({ mtime: text });
});
