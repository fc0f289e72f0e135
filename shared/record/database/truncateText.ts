/**
 * A text that every database takes: at most `limit` UTF-16 units, its end cut off when it has more,
 * and with U+FFFD for what SQL databases choke on (NUL, and surrogates without their other half).
 */
export function truncateText(text: string, limit: number): string {
  const fitting = text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
  return fitting.replaceAll('\0', '\u{fffd}').toWellFormed();
}

/** How many UTF-16 units of a text its column is given; never more than the column of any database takes. */
export const textLimits = {
  method: 64,
  username: 255,
  path: 4096,
  location: 8192,
  requestId: 255,
  runId: 255,
  errorReason: 8000,
  sourceEtag: 255,
} as const;
