/** The years that times in headers (RFC 9110 §5.6.7) and in JSON (RFC 3339) can have. */
const firstMs = BigInt(Date.parse('0001-01-01T00:00:00Z'));
const lastMs = BigInt(Date.parse('9999-12-31T23:59:59.999Z'));

/**
 * The time of a file, given in nanoseconds since 1970, as a Date of these years; null if it is outside them. A file
 * system may hold any number of seconds, because of damage or of a program.
 */
export function calendarTime(timeNs: bigint): Date | null {
  const timeMs = timeNs / 1_000_000n;
  return timeMs >= firstMs && timeMs <= lastMs ? new Date(Number(timeMs)) : null;
}
