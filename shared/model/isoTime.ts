const dayMs = 86_400_000;

const numbers = (digits: number) =>
  Array.from({ length: 10 ** digits }, (_, number) => String(number).padStart(digits, '0'));
const [two, three] = [numbers(2), numbers(3)];

let day = { number: Number.NaN, text: '' };

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
