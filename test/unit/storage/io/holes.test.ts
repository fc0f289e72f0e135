import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dataRuns } from '../../../../shared/storage/io/holes.ts';

const pieces = fc.array(fc.constantFrom('zeros', 'first', 'last', 'all'), { maxLength: 40 });

test('for any bytes, writing only the runs reproduces all of them, and no run begins or ends with a whole piece of zeros', () => {
  fc.assert(
    fc.property(pieces, fc.nat(4095), (kinds, tailBytes) => {
      const bytes = Buffer.alloc(kinds.length * 4096 + tailBytes);
      for (const [index, kind] of kinds.entries()) {
        const piece = bytes.subarray(index * 4096, (index + 1) * 4096);
        if (kind === 'first') piece[0] = 1;
        if (kind === 'last') piece[4095] = 1;
        if (kind === 'all') piece.fill(1);
      }
      const written = Buffer.alloc(bytes.length);
      let bytesWritten = 0;
      for (const { from, to } of dataRuns(bytes)) {
        bytes.copy(written, from, from, to);
        bytesWritten += to - from;
        expect(from % 4096).toBe(0);
      }
      expect(written.equals(bytes)).toBe(true);
      expect(bytesWritten).toBe(kinds.filter((kind) => kind !== 'zeros').length * 4096);
    }),
  );
});
