import { readFile, realpath } from 'node:fs/promises';
import { beneath } from '../../model/paths.ts';

/** A mount, with the needed fields of proc_pid_mountinfo(5). */
interface Mount {
  /** Major and minor number of the file system. */
  readonly device: string;
  /** The mounted part of the file system. */
  readonly root: string;
  readonly mountPoint: string;
}

/**
 * Whether a directory of one storage can also be reached in the other: because one is beneath the other, by its path,
 * by a link, or by a mount in or beneath either of them.
 */
export async function doOverlap(one: string, other: string): Promise<boolean> {
  const mounts = await readMounts();
  const [places, others] = await Promise.all([placesOf(one, mounts), placesOf(other, mounts)]);
  return places.some((place) => others.some((another) => isOneInOther(place, another)));
}

/** The location of a storage, and of the mounts beneath it, in their file systems. */
async function placesOf(path: string, mounts: readonly Mount[]): Promise<Place[]> {
  const real = await realpath(path);
  // Of several mounts at one place the last one counts.
  const above = mounts.filter(({ mountPoint }) => beneath(real, mountPoint) !== undefined);
  const own = above.toSorted((first, second) => first.mountPoint.length - second.mountPoint.length).at(-1);
  const within = mounts.filter((mount) => mount !== own && beneath(mount.mountPoint, real));
  return [
    { device: own?.device ?? '', path: join(own?.root ?? '/', beneath(real, own?.mountPoint ?? '/') ?? '') },
    ...within.map(({ device, root }) => ({ device, path: root })),
  ];
}

interface Place {
  readonly device: string;
  readonly path: string;
}

function isOneInOther(one: Place, other: Place): boolean {
  if (one.device !== other.device) return false;
  return beneath(one.path, other.path) !== undefined || beneath(other.path, one.path) !== undefined;
}

function join(root: string, rest: string): string {
  if (rest === '') return root;
  return root.endsWith('/') ? `${root}${rest}` : `${root}/${rest}`;
}

async function readMounts(): Promise<Mount[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  return text.split('\n').flatMap((line) => {
    const [, , device, root, mountPoint] = line.split(' ');
    if (device === undefined || root === undefined || mountPoint === undefined) return [];
    return { device, root: unescapeOctal(root), mountPoint: unescapeOctal(mountPoint) };
  });
}

/** The kernel escapes spaces and backslashes as `\040` and the like. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
