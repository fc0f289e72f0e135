const time = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'short' });
const count = new Intl.NumberFormat('en-GB');
const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A time from the API in the reader's time zone. */
export function formatTime(iso: string): string {
  return time.format(new Date(iso));
}

/** An hour in the reader's time zone: `14:00`. */
export function formatHour(iso: string): string {
  return hour.format(new Date(iso));
}

/** A day of the week in the reader's time zone: `Wed`. */
export function formatWeekday(iso: string): string {
  return weekday.format(new Date(iso));
}

/** A number with thousands separators. */
export function formatCount(value: number): string {
  return count.format(value);
}

/** A short size: `1.2 MB`. */
export function formatSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  const digits = power === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${power === 0 && bytes === 1 ? 'byte' : units[power]}`;
}

/** A size to the byte, with the short form if that differs. */
export function formatExactSize(bytes: number): string {
  return bytes < 1000 ? formatSize(bytes) : `${count.format(bytes)} bytes (${formatSize(bytes)})`;
}

/** A short rate: `120 MB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatSize(bytesPerSecond)}/s`;
}

/** The seconds between two times from the API. */
export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

/** A short duration, in at most its two largest units: `1 h 20 min`, `45 s`, `80 ms`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return twoUnits(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return twoUnits(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return twoUnits(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
