import { isUtf8 } from 'node:buffer';
import { bytesOf } from '../../../shared/model/fileName.ts';

/** A file or folder in an archive. */
export interface TarMember {
  /** One character per byte, like a `FileName`; that of a folder ends with a slash. */
  readonly path: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly modifiedAtNs: bigint;
}

/** Everything in an archive occupies whole blocks. */
const blockBytes = 512;

/** Two blocks of zeros: the end of an archive. */
export const endOfArchive = Buffer.alloc(2 * blockBytes);

/** The largest value of 11 octal digits. */
const maxOctal = 8 ** 11 - 1;
const nsPerSecond = 1_000_000_000n;

/** The header of a member, in two parts. If an archive ends between them, tar reports that it is damaged. */
export interface TarHeader {
  /** Announces records of a pax header. */
  readonly announcement: Buffer;
  /** These records, and the header of the original format. */
  readonly rest: Buffer;
}

/**
 * The header of a member, as in POSIX.1-2024 (pax, "ustar Interchange Format"). Each has a pax header, with the exact
 * time and with values that do not fit the fields: long names, large sizes.
 */
export function tarHeader(member: TarMember): TarHeader {
  const records = paxRecords(member);
  const pax = { path: 'PaxHeader', mode: 0o644, sizeBytes: records.length, modifiedAtNs: 0n };
  const padding = Buffer.alloc(paddingBytes(records.length));
  return {
    announcement: ustarHeader(pax, 'x'),
    rest: Buffer.concat([records, padding, ustarHeader(member, member.path.endsWith('/') ? '5' : '0')]),
  };
}

/** How many zeros pad a number of bytes to whole blocks. */
export function paddingBytes(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

function paxRecords({ path, sizeBytes, modifiedAtNs }: TarMember): Buffer {
  const bytes = bytesOf(path);
  const isText = isUtf8(bytes);
  const records: Buffer[] = [];
  // The fields are for ASCII, so other text belongs here. Names that are not UTF-8 can only be in a field, unchanged.
  const isInField = isText ? bytes.length === bytes.toString('utf8').length : true;
  if (!splitPath(path) || !isInField) {
    if (!isText) records.push(paxRecord('hdrcharset', 'BINARY'));
    records.push(paxRecord('path', path));
  }
  if (sizeBytes > maxOctal) records.push(paxRecord('size', String(sizeBytes)));
  records.push(paxRecord('mtime', decimalSeconds(modifiedAtNs)));
  return Buffer.concat(records);
}

/** A record begins with its length, which includes the length's own digits. */
function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return bytesOf(`${length}${rest}`);
}

/** A time in seconds since 1970, exactly. */
function decimalSeconds(timeNs: bigint): string {
  const sign = timeNs < 0n ? '-' : '';
  const magnitude = timeNs < 0n ? -timeNs : timeNs;
  const fraction = String(magnitude % nsPerSecond)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${sign}${magnitude / nsPerSecond}${fraction && `.${fraction}`}`;
}

function ustarHeader({ path, mode, sizeBytes, modifiedAtNs }: TarMember, type: string): Buffer {
  const seconds = Number(modifiedAtNs / nsPerSecond);
  const { prefix, name } = splitPath(path) ?? { prefix: '', name: path.slice(0, 100) };
  const header = Buffer.alloc(blockBytes);
  const put = (text: string, offset: number) => header.write(text, offset, 'latin1');
  put(name, 0);
  put(`${octal(mode & 0o7777, 6)} `, 100);
  put(`${octal(0, 6)} `, 108);
  put(`${octal(0, 6)} `, 116);
  putSize(header, sizeBytes);
  put(`${octal(seconds >= 0 && seconds <= maxOctal ? seconds : 0, 11)} `, 136);
  put(`${' '.repeat(8)}${type}`, 148);
  put('ustar\x0000', 257);
  put(`${octal(0, 6)} `, 329);
  put(`${octal(0, 6)} `, 337);
  put(prefix, 345);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  put(`${octal(checksum, 6)}\0 `, 148);
  return header;
}

/** Readers without support for pax expect a larger size in binary, as GNU tar writes it. */
function putSize(header: Buffer, sizeBytes: number): void {
  if (sizeBytes <= maxOctal) {
    header.write(`${octal(sizeBytes, 11)} `, 124, 'latin1');
    return;
  }
  header[124] = 0x80;
  header.writeBigUInt64BE(BigInt(sizeBytes), 128);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** A path in its two fields; undefined if it does not fit. */
function splitPath(path: string): { readonly prefix: string; readonly name: string } | undefined {
  if (path.length <= 100) return { prefix: '', name: path };
  // The name, with the final slash of a folder, may not be empty.
  const slash = path.indexOf('/', path.length - 101);
  if (slash < 1 || slash > 155 || slash === path.length - 1) return undefined;
  return { prefix: path.slice(0, slash), name: path.slice(slash + 1) };
}
