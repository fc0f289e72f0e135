import type { Keywords } from './cards.ts';

/** A column of a table, and the location of its values in a row (FITS standard 4.0 §7.2.1, §7.3.1). */
export interface Column {
  readonly name: string;
  /** TFORM, as written. */
  readonly format: string;
  readonly unit: string | null;
  /** The code of its type, and the number of values in a cell; null if the format is not standard. */
  readonly type: { readonly code: string; readonly count: number } | null;
  /** In bytes from the beginning of a row. */
  readonly offset: number;
  readonly scale: number;
  readonly zero: number;
  /** The representation of an undefined value, as written. */
  readonly blank: string | undefined;
}

/** A table: in ASCII tables, columns are texts. */
export interface TableLayout {
  readonly isAscii: boolean;
  readonly rowBytes: number;
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** The maximum number of columns of a table (§7.2.1, §7.3.1). */
const maxColumns = 999;

/** The size of a value in a binary table, in bytes (§7.3.3, table 18). Bits (X) are counted separately. */
export const valueBytes: Readonly<Record<string, number>> = {
  L: 1,
  B: 1,
  A: 1,
  I: 2,
  J: 4,
  K: 8,
  E: 4,
  D: 8,
  C: 8,
  M: 16,
  P: 8,
  Q: 16,
};

/** The layout of the table that a header describes, or why there is none, as the end of a sentence. */
export function tableLayout(keywords: Keywords, isAscii: boolean): TableLayout | string {
  const count = (keyword: string) => {
    const value = keywords.number(keyword);
    return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  };
  for (const keyword of ['NAXIS1', 'NAXIS2', 'TFIELDS']) {
    if (count(keyword) === undefined)
      return `${keyword} is ${keywords.text(keyword) ?? 'missing'}, which is no number of a table`;
  }
  const [rowBytes = 0, rows = 0, fields = 0] = ['NAXIS1', 'NAXIS2', 'TFIELDS'].map(count);
  if (fields > maxColumns) return `TFIELDS is ${fields}, and a table has up to ${maxColumns} columns`;
  const columns: Column[] = [];
  let offset = 0;
  for (let index = 1; index <= fields; index += 1) {
    const column = columnOf(keywords, index, isAscii, offset);
    columns.push(column);
    offset += cellBytes(column.type);
  }
  return { isAscii, rowBytes, rows, columns };
}

function columnOf(keywords: Keywords, index: number, isAscii: boolean, offset: number): Column {
  const format = (keywords.text(`TFORM${index}`) ?? '').trim();
  const begin = keywords.number(`TBCOL${index}`) ?? 0;
  return {
    name: keywords.text(`TTYPE${index}`) ?? `column ${index}`,
    format,
    unit: keywords.text(`TUNIT${index}`) ?? null,
    type: isAscii ? asciiType(format) : binaryType(format),
    offset: isAscii ? begin - 1 : offset,
    scale: keywords.number(`TSCAL${index}`) ?? 1,
    zero: keywords.number(`TZERO${index}`) ?? 0,
    blank: keywords.text(`TNULL${index}`)?.trim(),
  };
}

function binaryType(format: string): Column['type'] {
  const [, count = '', code] = /^(\d{0,9})([LXBIJKAEDCMPQ])/.exec(format.toUpperCase()) ?? [];
  return code === undefined ? null : { code, count: count === '' ? 1 : Number(count) };
}

/** `w` of `Iw.d` is the width of the text (§7.2.1, table 15). */
function asciiType(format: string): Column['type'] {
  const [, code, width] = /^([AIFED])(\d{1,6})/.exec(format.toUpperCase()) ?? [];
  return code === undefined ? null : { code, count: Number(width) };
}

/** The size of a cell in a row of a binary table, in bytes. */
export function cellBytes(type: Column['type']): number {
  if (!type) return 0;
  return type.code === 'X' ? Math.ceil(type.count / 8) : type.count * (valueBytes[type.code] ?? 0);
}
