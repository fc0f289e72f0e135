import { execFileSync } from 'node:child_process';
import { describe } from '@jest/globals';

/** `describe` for suites that mount something. It requires root, and a container may still forbid it. */
export const describeWithMount = process.getuid?.() === 0 || process.env['CI'] ? describe : describe.skip;

/** Mounts a file system in memory, of a number of MiB. */
export function mountSmall(mountPoint: string, mebibytes: number, options = ''): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m${options}`, 'tmpfs', mountPoint]);
}

export function unmount(mountPoint: string): void {
  execFileSync('umount', [mountPoint]);
}
