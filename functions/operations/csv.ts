import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { answerSignal, type Transport } from '../../shared/http/answers/transport.ts';
import { operationSchema } from '../../shared/http/contract/answers/operations.ts';
import { operationJson } from '../../shared/http/contract/operations.ts';
import type { Viewer } from '../../shared/model/caller.ts';
import type { Operation } from '../../shared/model/operation.ts';
import type { OperationFilter, PageRequest } from '../../shared/model/operations/lists.ts';
import type { UserView } from '../../shared/model/operations/userView.ts';
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

/** Where an export continues: after a position, with operations requested before a time. */
export interface CsvPlace {
  readonly cursor: string | null;
  readonly until: Date | undefined;
}

/** How many rows are read at a time, which bounds the memory. */
const rowsPerPage = 500;

const columns = operationSchema.keyof().options;

/** The operations that match a filter, as CSV (RFC 4180), one page at a time. Ends when the signal aborts. */
export async function* streamCsv(wanted: CsvExport): AsyncGenerator<string, void, void> {
  let before = csvLine(columns);
  for await (const { page } of readPages(wanted)) {
    yield before + page.map((operation) => lineOf(operation, wanted.site)).join('');
    before = '';
  }
}

/** The first operations, up to the limit of an answer, and the position of the others; null if there are none. */
export async function collectCsv(
  wanted: CsvExport,
  limit: CsvLimit,
): Promise<{ readonly text: string; readonly next: CsvPlace | null }> {
  const { order = 'newest', site } = wanted;
  const begin = performance.now();
  const texts = [csvLine(columns)];
  let leftBytes = limit.bytes - Buffer.byteLength(texts.join(''));
  let after: CsvPlace | null = { cursor: wanted.cursor ?? null, until: wanted.filter.until };
  for await (const { page, until, next } of readPages(wanted)) {
    for (const operation of page) {
      const text = lineOf(operation, site);
      leftBytes -= Buffer.byteLength(text);
      if (leftBytes < 0) return { text: texts.join(''), next: after };
      texts.push(text);
      after = { cursor: cursorAfter(operation, order), until };
    }
    after = next;
    if (performance.now() - begin > limit.timeMs) break;
  }
  return { text: texts.join(''), next: after };
}

async function* readPages({ operations, filter, viewer, cursor, order = 'newest', signal }: CsvExport) {
  let next: CsvPlace | null = { cursor: cursor ?? null, until: filter.until };
  while (next && !signal.aborted) {
    const until: Date | undefined = next.until;
    const which = { limit: rowsPerPage, order, cursor: next.cursor ?? undefined };
    const {
      operations: page,
      nextCursor,
      sortedSince,
    } = await operations.list({ ...filter, until }, which, viewer);
    // Only this number is sorted together; older operations follow as a separate list.
    const older: CsvPlace | null = sortedSince && { cursor: null, until: sortedSince };
    next = nextCursor === null ? older : { cursor: nextCursor, until };
    yield { page, until, next };
    // SQLite answers within the same turn of the event loop, which would block all other requests.
    await nextTurn();
  }
}

function lineOf(operation: Operation, site: UserView): string {
  const shown = operationJson(operation, site);
  return csvLine(columns.map((column) => shown[column]));
}

function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** Matches nearly all texts, which need neither quotes nor an apostrophe. */
const plain = /^\w[\w:./ -]*$/;

/** Before the beginning of a possible formula: at the start of a text, or after a possible separator. */
const beforeFormula = /(^|[;|\t\r\n])(?=[\s"]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])/g;

/**
 * A text with commas, quotes or line ends is quoted. Cells that a spreadsheet would evaluate as a formula are escaped
 * with an apostrophe (OWASP, "CSV Injection"). Many spreadsheets split lines at semicolons, even within quotes.
 */
function csvCell(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value ?? '');
  if (plain.test(value)) return value;
  const harmless = value.replaceAll(beforeFormula, "$1'");
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** The limits of an answer on AWS Lambda: less than the platform accepts, and sent before the gateway times out. */
const functionLimit = { bytes: 4_000_000, timeMs: 20_000 };

/** Whether a client requests CSV instead of JSON. */
export function wantsCsv(request: Request, format: 'csv' | 'json' | undefined): boolean {
  return (format ?? request.accepts(['json', 'csv'])) === 'csv';
}

/**
 * Answers with operations as CSV: with all of them, read as fast as the client receives them, or, where answers are
 * limited, with the first ones and a link to the next (RFC 8288).
 * @throws CLIENT_CLOSED when the client disconnects; then no more is read
 */
export async function answerCsv(
  request: Request,
  response: Response,
  requested: Omit<CsvExport, 'signal'>,
  { buffersAnswers }: Transport,
): Promise<void> {
  const signal = answerSignal(response);
  const wanted = { ...requested, signal };
  response.type('text/csv').set('Content-Disposition', 'attachment; filename="operations.csv"');
  if (request.method === 'HEAD') {
    response.end();
  } else if (buffersAnswers) {
    const { text, next } = await collectCsv(wanted, functionLimit);
    if (next) response.set('Link', `<${addressOf(request, next)}>; rel="next"`);
    response.send(text);
  } else {
    const texts = streamCsv(wanted);
    // If the record cannot be read, an error can still be sent.
    const first = await texts.next();
    const all = Readable.from(withFirst(first.value ?? '', texts), { objectMode: false });
    await pipeline(all, response).catch((error: unknown) => {
      throw signal.aborted ? new StagingError('CLIENT_CLOSED', {}, { cause: error }) : error;
    });
  }
}

async function* withFirst(first: string, rest: AsyncIterable<string>): AsyncGenerator<string, void, void> {
  yield first;
  yield* rest;
}

/** The same request from another place on, relative, because a proxy may serve the API beneath a path. */
function addressOf({ originalUrl }: Request, { cursor, until }: CsvPlace): string {
  const query = new URLSearchParams(originalUrl.split('?')[1]);
  query.delete('cursor');
  if (cursor !== null) query.set('cursor', cursor);
  if (until) query.set('until', until.toISOString());
  query.set('format', 'csv');
  return `?${query}`;
}
