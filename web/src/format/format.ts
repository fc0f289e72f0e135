const time = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const count = new Intl.NumberFormat('en-GB');
const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A time of the API in the reader's time zone. */
export function formatTime(iso: string): string {
  return time.format(new Date(iso));
}

/** A size for a quick look: `1.2 MB`. */
export function formatSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  const digits = power === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${power === 0 && bytes === 1 ? 'byte' : units[power]}`;
}

/** A size to the byte, with the quick look beside it when that says something else. */
export function formatExactSize(bytes: number): string {
  return bytes < 1000 ? formatSize(bytes) : `${count.format(bytes)} bytes (${formatSize(bytes)})`;
}

/** The last name in a path. */
export function baseName(path: string): string {
  return path.split('/').findLast((name) => name !== '') ?? '';
}
