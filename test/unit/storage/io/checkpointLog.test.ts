import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatLog, parseLog } from '../../../../shared/storage/io/checkpointLog.ts';

const header = {
  operationId: '01a20a18-fadf-7357-b1ff-12091a8ad6c7',
  source: '"1-2-3" 4',
  stretchBytes: 8,
  algorithm: 'adler32',
  inode: '12345678901234567890',
  worker: 'host/1-2/3/4',
} as const;
const hex = (number: bigint) => number.toString(16).padStart(16, '0');
const statesArbitrary = fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(hex));

test('a log is read back as it was written, and a truncated one up to its last complete line', () => {
  fc.assert(
    fc.property(statesArbitrary, fc.nat(40), (states, cut) => {
      const text = formatLog(header, states);
      expect(parseLog(text)).toMatchObject({ header, states });
      const whole = states.slice(0, Math.max(0, states.length - Math.ceil(cut / 17)));
      if (cut <= states.length * 17) {
        expect(parseLog(text.slice(0, text.length - cut))?.states).toEqual(whole);
      }
    }),
  );
});

test('nothing after an invalid line counts', () => {
  const text = formatLog(header, [1n, 2n, 3n].map(hex)).replace('02\n', '0x\n');
  expect(parseLog(text)?.states).toEqual([hex(1n)]);
});

test.each(['', '\n', 'no log\n', '{"version":1}\n', formatLog(header).replace('"version":1', '"version":2')])(
  'a file with another header is not a log: %j',
  (text) => {
    expect(parseLog(text)).toBeUndefined();
  },
);
