const dayMs = 86_400_000;
const zero = '0'.charCodeAt(0);

const numbers = (digits: number) =>
  Array.from({ length: 10 ** digits }, (_, number) => String(number).padStart(digits, '0'));
const [two, three] = [numbers(2), numbers(3)];

let day = { number: Number.NaN, text: '' };

let readDay = { text: 'none', ms: Number.NaN };

/**
 * The time of a text in ISO 8601: three times as fast as `Date` for one as a database has it, with milliseconds and
 * `+00:00`.
 */
export function timeOf(text: string): Date {
  if (text.length !== '1970-01-01T00:00:00.000+00:00'.length || !text.endsWith('+00:00')) {
    return new Date(text);
  }
  if (!text.startsWith(readDay.text)) {
    const date = text.slice(0, '1970-01-01'.length);
    readDay = { text: date, ms: Date.parse(date) };
  }
  const digits = (place: number) => text.charCodeAt(place) * 10 + text.charCodeAt(place + 1) - 11 * zero;
  const seconds = (digits(11) * 60 + digits(14)) * 60 + digits(17);
  return new Date(readDay.ms + seconds * 1000 + digits(20) * 10 + text.charCodeAt(22) - zero);
}

/**
 * The same as `toISOString`, eight times as fast, because it formats each day once: the five times of a listed operation
 * cost as much as the rest of it, and most of a list are of one day.
 */
export function isoTime(date: Date): string {
  const number = Math.floor(date.getTime() / dayMs);
  if (number !== day.number) day = { number, text: date.toISOString().slice(0, -'00:00:00.000Z'.length) };
  const ms = date.getTime() - number * dayMs;
  const part = (unitMs: number, count: number) => Math.floor(ms / unitMs) % count;
  return `${day.text}${two[part(3_600_000, 24)]}:${two[part(60_000, 60)]}:${two[part(1000, 60)]}.${three[ms % 1000]}Z`;
}

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
