import { setImmediate as nextTurn } from 'node:timers/promises';
import { operationJson, operationSchema } from '../../shared/http/contract/operations.ts';
import type { Viewer } from '../../shared/model/caller.ts';
import type { OperationFilter, PageRequest } from '../../shared/model/operation.ts';
import type { UserView } from '../../shared/model/userView.ts';
import { cursorAfter } from '../../shared/record/cursor.ts';
import type { OperationRecord } from '../../shared/record/operationRecord.ts';

/** Which operations to export. */
export interface CsvExport extends Pick<PageRequest, 'cursor' | 'order'> {
  readonly operations: Pick<OperationRecord, 'list'>;
  readonly site: UserView;
  readonly filter: OperationFilter;
  readonly viewer: Viewer;
  readonly signal: AbortSignal;
}

/** How large one answer with an export may be. */
export interface CsvLimit {
  readonly bytes: number;
  readonly timeMs: number;
}

/** A line of an operation, and the page after it. */
interface CsvLine {
  readonly text: string;
  readonly cursor: string;
}

/** How many rows are read at a time, which bounds the memory. */
const rowsPerPage = 500;

const columns = operationSchema.keyof().options;

/** The operations that match a filter, as CSV (RFC 4180), one page at a time. Ends when the signal aborts. */
export async function* streamCsv(wanted: CsvExport): AsyncGenerator<string, void, void> {
  let before = csvLine(columns);
  for await (const { lines } of readPages(wanted)) {
    yield before + lines.map(({ text }) => text).join('');
    before = '';
  }
}

/** The first operations, as many as one answer may have, and the cursor of the following ones. */
export async function collectCsv(
  wanted: CsvExport,
  limit: CsvLimit,
): Promise<{ readonly text: string; readonly nextCursor: string | null }> {
  const begin = performance.now();
  const texts = [csvLine(columns)];
  let leftBytes = limit.bytes - Buffer.byteLength(texts.join(''));
  let next = wanted.cursor ?? null;
  for await (const { lines, nextCursor } of readPages(wanted)) {
    for (const { text, cursor } of lines) {
      leftBytes -= Buffer.byteLength(text);
      if (leftBytes < 0) return { text: texts.join(''), nextCursor: next };
      texts.push(text);
      next = cursor;
    }
    next = nextCursor;
    if (performance.now() - begin > limit.timeMs) break;
  }
  return { text: texts.join(''), nextCursor: next };
}

async function* readPages({ operations, site, filter, viewer, cursor, order = 'newest', signal }: CsvExport) {
  for (let next = cursor ?? null, isFirst = true; isFirst || next !== null; isFirst = false) {
    const place = next === null ? {} : { cursor: next };
    const page = await operations.list(filter, { limit: rowsPerPage, order, ...place }, viewer);
    const lines = page.operations.map((operation): CsvLine => {
      const shown = operationJson(operation, site);
      return { text: csvLine(columns.map((column) => shown[column])), cursor: cursorAfter(operation, order) };
    });
    yield { lines, nextCursor: page.nextCursor };
    next = page.nextCursor;
    // SQLite answers within the same turn of the event loop, which would block all other requests.
    await nextTurn();
    if (signal.aborted) return;
  }
}

function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** Before what a spreadsheet takes for a formula: at the start of a text, or after what it may take for a separator. */
const beforeFormula = /(^|[;|\t\r\n])(?=[\s"]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])/g;

/**
 * A text with commas, quotes or line ends is quoted. Where a spreadsheet would see a formula, an apostrophe is put before
 * it, which makes it text (OWASP, "CSV Injection"). Many divide lines at semicolons, within quotes, too.
 */
function csvCell(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value ?? '');
  const harmless = value.replaceAll(beforeFormula, "$1'");
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
