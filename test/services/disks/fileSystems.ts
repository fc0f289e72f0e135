import { execFileSync } from 'node:child_process';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDebianPackages } from '../install/debianPackages.ts';
import type { RunningService } from '../runningService.ts';
import type { ServicesDirectory } from '../servicesDirectory.ts';

/** A separate, mounted file system. */
export interface MountedFileSystem {
  readonly mountPoint: string;
}

/** Creates a small Btrfs in a file and mounts it, which requires root: it can share blocks between files (reflink). */
export async function startBtrfs(directory: ServicesDirectory): Promise<RunningService<MountedFileSystem>> {
  await ensureDebianPackages('a file system with reflinks', 'btrfs-progs');
  return mountImage(directory, 'btrfs', ['/usr/sbin/mkfs.btrfs', '--quiet']);
}

/** Creates a small ext4 in a file and mounts it, which requires root. */
export async function startExt4(directory: ServicesDirectory): Promise<RunningService<MountedFileSystem>> {
  await ensureDebianPackages('a file system of the usual kind', 'e2fsprogs');
  return mountImage(directory, 'ext4', ['/usr/sbin/mkfs.ext4', '-q']);
}

/** The image is in memory: syncs of these suites would otherwise delay all others on the same disk. */
async function mountImage(
  directory: ServicesDirectory,
  kind: string,
  [program, ...parameters]: readonly [program: string, ...parameters: string[]],
): Promise<RunningService<MountedFileSystem>> {
  const memory = join(directory.path, `${kind}-memory`);
  const image = join(memory, 'image');
  const mountPoint = join(directory.path, kind);
  await mkdir(memory);
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', memory]);
  await writeFile(image, '');
  // Sparse. The service copies small files together only where more than a GiB is free.
  await truncate(image, 4 * 1024 ** 3);
  await mkdir(mountPoint);
  execFileSync(program, [...parameters, image]);
  execFileSync('mount', ['-o', 'loop', image, mountPoint]);
  const stop = async () => {
    for (const mounted of [mountPoint, memory]) execFileSync('umount', ['--recursive', mounted]);
  };
  return { address: { mountPoint }, stop };
}
