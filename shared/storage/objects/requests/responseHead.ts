/** The requested part of an object: all of it, or the buffer's length, from a position on. */
export interface WantedContent {
  readonly content: Buffer;
  readonly position?: number;
}

/** The expected properties of a response. */
export interface Expected extends WantedContent {
  readonly etag: string;
}

/** The headers of a response, by their names in lower case, if its content is exactly what was requested. */
export function expectedHeaders(head: string, expected: Expected): ReadonlyMap<string, string> | undefined {
  const headers = headersOf(head, expected.position === undefined ? 200 : 206);
  return headers && isExpected(headers, expected) ? headers : undefined;
}

/** Whether the store closes the connection after this response. */
export function isLast(headers: ReadonlyMap<string, string>): boolean {
  const options = headers.get('connection')?.toLowerCase().split(',') ?? [];
  return options.some((option) => option.trim() === 'close');
}

/** A field line (RFC 9112 §5): a token, a colon, and a value without control characters. Not folded. */
const fieldLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * The headers of a response by their names in lower case, if it is an unambiguous HTTP/1.1 response with this status.
 * Repeated headers are combined (RFC 9110 §5.3), so a repeated length is not a number.
 */
function headersOf(head: string, status: number): ReadonlyMap<string, string> | undefined {
  const [statusLine = '', ...lines] = head.split('\r\n');
  if (!statusLine.startsWith(`HTTP/1.1 ${status} `)) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = fieldLine.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value.trim() : `${before}, ${value.trim()}`);
  }
  return headers;
}

function isExpected(headers: ReadonlyMap<string, string>, expected: Expected): boolean {
  return (
    headers.get('content-length') === String(expected.content.length) &&
    !headers.has('transfer-encoding') &&
    isRange(headers.get('content-range'), expected) &&
    unquoted(headers.get('etag')) === unquoted(expected.etag)
  );
}

function isRange(range: string | undefined, { content, position }: WantedContent): boolean {
  if (position === undefined) return true;
  const [, first, last] = /^bytes (\d+)-(\d+)\/(?:\d+|\*)$/.exec(range ?? '') ?? [];
  return first === String(position) && last === String(position + content.length - 1);
}

/** Stores, and their answers, differ in whether they quote ETags. */
export function unquoted(etag: string | undefined): string | undefined {
  return etag?.replace(/^"(.*)"$/, '$1');
}
