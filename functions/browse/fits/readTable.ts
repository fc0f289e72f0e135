import type * as z from 'zod';
import type { TableRows, tableRowsQuerySchema } from '../../../shared/http/contract/previews.ts';
import type { PreviewedFile } from '../openForPreview.ts';
import { dataOf } from './describeHdu.ts';
import { findHdu, impossible } from './findHdu.ts';
import { keywordsOf } from './keywords.ts';
import { rowsOf } from './tableRows.ts';

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
