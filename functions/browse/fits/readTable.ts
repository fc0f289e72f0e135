import type * as z from 'zod';
import type { TableRows } from '../../../shared/http/contract/answers/previews.ts';
import type { tableRowsQuerySchema } from '../../../shared/http/contract/previews.ts';
import type { PreviewedFile } from '../openForPreview.ts';
import { keywordsOf } from './cards.ts';
import { dataOf } from './describeHdu.ts';
import { findHdu, impossible, printable } from './readHeaders.ts';
import { type Column, cellBytes, type TableLayout, valueBytes } from './tableLayout.ts';

/** How much of a table is read: longer rows are not shown. */
const maxBytes = 1024 * 1024;

/** The first rows of a table of a FITS file. @throws PREVIEW_IMPOSSIBLE with the reason */
export async function readTable(
  file: PreviewedFile,
  request: z.output<typeof tableRowsQuerySchema>,
  signal: AbortSignal,
): Promise<TableRows> {
  const { path, hdu, limit } = request;
  const { cards, dataStart, availableBytes } = await findHdu(file, request, signal);
  const data = dataOf(keywordsOf(cards));
  if (data.kind === 'invalid') throw impossible(path, data.reason);
  if (data.kind !== 'table') throw impossible(path, `there is no table in its HDU ${hdu}`);
  const { rowBytes, rows, columns } = data.layout;
  if (rowBytes > maxBytes) throw impossible(path, 'its rows are too long');
  const most = Math.min(limit, rows, rowBytes === 0 ? 0 : Math.floor(maxBytes / rowBytes));
  const bytes = Buffer.alloc(most * rowBytes);
  if (bytes.length > availableBytes) throw impossible(path, 'the file ends before its rows do');
  if (bytes.length > 0) await file.read(bytes, dataStart, signal);
  return { columns: columns.map(({ name }) => name), rows: rowsOf(data.layout, bytes), rows_total: rows };
}

/** How many values of an array, and characters of a text, a cell shows. */
const maxValues = 8;
const maxCharacters = 200;

/** The cells of whole rows, as texts: null where a value is undefined. */
function rowsOf({ isAscii, rowBytes, columns }: TableLayout, bytes: Buffer): (string | null)[][] {
  const rows: (string | null)[][] = [];
  for (let start = 0; rowBytes > 0 && start + rowBytes <= bytes.length; start += rowBytes) {
    const row = bytes.subarray(start, start + rowBytes);
    rows.push(columns.map((column) => (isAscii ? asciiCell(column, row) : binaryCell(column, row))));
  }
  return rows;
}

function asciiCell({ type, offset, blank }: Column, row: Buffer): string | null {
  if (!type || offset < 0) return null;
  const text = row.toString('latin1', offset, offset + type.count).trim();
  return text === '' || text === blank ? null : cellText(text);
}

function binaryCell(column: Column, row: Buffer): string | null {
  const { type, offset } = column;
  // A row that is shorter than its columns: its header is wrong.
  if (!type || type.count === 0 || offset + cellBytes(type) > row.length) return null;
  const cell = row.subarray(offset, offset + cellBytes(type));
  if (type.code === 'A') return cellText(cell.toString('latin1').replace(/\0.*/s, '').trimEnd());
  if (type.code === 'X') return bitsOf(cell, type.count);
  const shown = Math.min(type.count, maxValues);
  const width = valueBytes[type.code] ?? 1;
  const values = Array.from({ length: shown }, (_, index) => valueAt(column, cell, index * width));
  if (type.count === 1) return values[0] ?? null;
  return `${values.map((value) => value ?? '–').join(', ')}${type.count > shown ? ', …' : ''}`;
}

/** One value of a binary table (§7.3.3); null if it is undefined. */
function valueAt(column: Column, cell: Buffer, at: number): string | null {
  const scaled = (value: number) => shortNumber(column.zero + column.scale * value);
  const float = (value: number) => (Number.isNaN(value) ? null : scaled(value));
  const integer = (value: number) => (String(value) === column.blank ? null : scaled(value));
  switch (column.type?.code) {
    case 'L':
      return { T: 'true', F: 'false' }[String.fromCharCode(cell.readUInt8(at))] ?? null;
    case 'B':
      return integer(cell.readUInt8(at));
    case 'I':
      return integer(cell.readInt16BE(at));
    case 'J':
      return integer(cell.readInt32BE(at));
    case 'K':
      return longAt(column, cell.readBigInt64BE(at));
    case 'E':
      return float(Number(cell.readFloatBE(at).toPrecision(7)));
    case 'D':
      return float(cell.readDoubleBE(at));
    case 'C':
      return `${shortNumber(cell.readFloatBE(at))} + ${shortNumber(cell.readFloatBE(at + 4))}i`;
    case 'M':
      return `${shortNumber(cell.readDoubleBE(at))} + ${shortNumber(cell.readDoubleBE(at + 8))}i`;
    case 'P':
      return `${cell.readInt32BE(at)} values`;
    default:
      return `${cell.readBigInt64BE(at)} values`;
  }
}

/** All digits of a 64-bit integer, including the offset of unsigned ones. */
function longAt({ scale, zero, blank }: Column, value: bigint): string | null {
  if (String(value) === blank) return null;
  if (scale === 1 && Number.isInteger(zero)) return String(value + BigInt(zero));
  return shortNumber(zero + scale * Number(value));
}

function shortNumber(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(15)));
}

function bitsOf(cell: Buffer, count: number): string {
  const bits = [...cell.subarray(0, maxValues)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return `${bits.slice(0, count)}${count > bits.length ? '…' : ''}`;
}

/** Printable and short. */
function cellText(text: string): string {
  const clean = printable(text);
  return clean.length > maxCharacters ? `${clean.slice(0, maxCharacters)}…` : clean;
}
