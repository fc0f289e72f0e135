/** A field line (RFC 9112 §5): a token, a colon, and a value without control characters. Not folded. */
const fieldLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * The headers of a response by their names in lower case, if it is one of HTTP/1.1 with this status and nothing in it
 * is ambiguous. Repeated headers are combined (RFC 9110 §5.3), so a repeated length is not a number.
 */
export function headersOf(head: string, status: number): ReadonlyMap<string, string> | undefined {
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
