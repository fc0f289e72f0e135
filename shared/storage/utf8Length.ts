const encoder = new TextEncoder();

/** How many bytes a text has in UTF-8. Runs in browsers, too: the page checks what it sends as the service does. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}
