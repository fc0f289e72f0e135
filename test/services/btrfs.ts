import { execFileSync } from 'node:child_process';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDebianPackages } from './debianPackages.ts';
import type { RunningService } from './runningService.ts';
import type { ServicesDirectory } from './servicesDirectory.ts';

/** A mounted file system that can share blocks between files (reflink). */
export interface Btrfs {
  readonly mountPoint: string;
}

/** Makes a small Btrfs in a file and mounts it, which takes root. */
export async function startBtrfs(directory: ServicesDirectory): Promise<RunningService<Btrfs>> {
  await ensureDebianPackages('a file system with reflinks', 'btrfs-progs');
  const image = join(directory.path, 'btrfs.img');
  const mountPoint = join(directory.path, 'btrfs');
  await writeFile(image, '');
  await truncate(image, 1024 * 1024 * 1024);
  await mkdir(mountPoint);
  execFileSync('/usr/sbin/mkfs.btrfs', ['--quiet', image]);
  execFileSync('mount', ['-o', 'loop', image, mountPoint]);
  return { address: { mountPoint }, stop: async () => void execFileSync('umount', [mountPoint]) };
}
