interface Format {
  readonly name: string;
  readonly bytes: Buffer;
  /** The offset of the bytes, if it is not 0. */
  readonly position?: number;
}

const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');

/** The first bytes of file formats that occur with telescope data. */
const formats: readonly Format[] = [
  { name: 'HDF5', bytes: hex('89 48 44 46 0d 0a 1a 0a') },
  { name: 'casacore table', bytes: hex('be be be be') },
  { name: 'NumPy', bytes: hex('93 4e 55 4d 50 59') },
  { name: 'gzip', bytes: hex('1f 8b') },
  { name: 'bzip2', bytes: Buffer.from('BZh') },
  { name: 'xz', bytes: hex('fd 37 7a 58 5a 00') },
  { name: 'Zstandard', bytes: hex('28 b5 2f fd') },
  { name: 'ZIP', bytes: hex('50 4b 03 04') },
  { name: 'tar', bytes: Buffer.from('ustar'), position: 257 },
  { name: 'Parquet', bytes: Buffer.from('PAR1') },
  { name: 'SQLite', bytes: Buffer.from('SQLite format 3\0') },
  { name: 'PNG', bytes: hex('89 50 4e 47 0d 0a 1a 0a') },
  { name: 'JPEG', bytes: hex('ff d8 ff') },
  { name: 'PDF', bytes: Buffer.from('%PDF-') },
];

/** The format by a file's first bytes; null if unknown. */
export function formatOf(head: Buffer): string | null {
  const found = formats.find(({ bytes, position = 0 }) =>
    head.subarray(position, position + bytes.length).equals(bytes),
  );
  return found?.name ?? null;
}
