/** Far beyond what file systems hold, and what Node.js can still pass to the system exactly. */
const maxSeconds = 2 ** 53;

/**
 * A time in seconds for `utimes`, which refuses what does not fit a `timespec`. The system takes the nearest time that
 * the file system can hold.
 */
export function settableTime(seconds: number): number {
  return Math.min(Math.max(seconds, -maxSeconds), maxSeconds);
}
