import type { BigIntStats } from 'node:fs';

/**
 * The entity tag of a file's current version, a strong one (RFC 9110 §8.8.1): inode, size and time in nanoseconds.
 * The device is left out, since it differs between machines that mount the same storage; so is the ctime, which
 * links and modes move.
 */
export function sourceEtag(stat: BigIntStats): string {
  return `"${[stat.ino, stat.size, stat.mtimeNs].map((part) => part.toString(16)).join('-')}"`;
}
