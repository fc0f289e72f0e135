/** Far beyond the range of file systems, and still passed to the system exactly by Node.js. */
const maxSeconds = 2 ** 53;

/**
 * A time in seconds for `utimes`, which refuses values that do not fit a `timespec`; the system takes the nearest time
 * that the file system supports. As a text, because Node.js takes a negative number for the present time.
 */
export function settableTime(seconds: number): string {
  return String(Math.min(Math.max(seconds, -maxSeconds), maxSeconds));
}
