/**
 * A text that every database accepts: at most `limit` UTF-16 units, truncated if longer, and with U+FFFD for characters
 * that SQL databases reject (NUL, and surrogates without their other half).
 */
export function truncateText(text: string, limit: number): string {
  const fitting = text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
  return fitting.replaceAll('\0', '\u{fffd}').toWellFormed();
}

/** The maximum length of a text in its column, in UTF-16 units; never more than the column of any database allows. */
export const textLimits = {
  method: 64,
  username: 255,
  path: 4096,
  location: 8192,
  requestId: 255,
  runId: 255,
  errorReason: 8000,
  sourceEtag: 255,
  waitingFor: 2000,
} as const;
