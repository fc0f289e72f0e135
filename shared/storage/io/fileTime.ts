/** Far beyond what file systems hold, and what Node.js can still pass to the system exactly. */
const maxSeconds = 2 ** 53;

/**
 * A time in seconds for `utimes`, which refuses what does not fit a `timespec`; the system takes the nearest time that
 * the file system can hold. As a text, because Node.js takes a negative number for the present time.
 */
export function settableTime(seconds: number): string {
  return String(Math.min(Math.max(seconds, -maxSeconds), maxSeconds));
}
