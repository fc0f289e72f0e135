// Trees that were published, or are about to be: they contain only files, folders and symbolic links.

import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  lstatSync,
  openSync,
  readdirSync,
  type Stats,
} from 'node:fs';
import { pathAt } from '../../io/descriptors.ts';
import { at, settle, type TaskOutcome } from '../../io/ioFailure.ts';
import { addMeasures, emptyMeasure, type Measure, measureOf } from '../fingerprint.ts';
import { changed, type Owner } from './treeFiles.ts';

const directoryFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY;

/** The actions of a walk through such a tree. */
interface Walk {
  /** Begins a folder, before its entries are read. */
  begin?(fd: number): void;
  /** A file, or a link. */
  file?(stat: Stats): void;
  end?(fd: number): void;
}

interface TreeTask {
  readonly directoryFd: number;
}

/** Measures an open tree. @throws IoError CHANGED if it contains anything other than files, folders and links */
export function measurePublished(task: TreeTask): Promise<TaskOutcome<Measure>> {
  return settle(() => measure(task.directoryFd));
}

/**
 * Locks everybody else out of an open tree, who may still hold folders of it open, and then measures it. The service
 * becomes the owner of the folders; each is closed to others before it is read, so that nothing is added to it
 * afterwards.
 * @throws IoError as above
 */
export function sealPublished(task: TreeTask): Promise<TaskOutcome<Measure>> {
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  const begin = (fd: number) => {
    fchownSync(fd, uid, gid);
    fchmodSync(fd, 0o700);
  };
  return settle(() => measure(task.directoryFd, begin));
}

/** Gives a sealed tree back to its owner, read-only. */
export function unsealPublished(
  task: TreeTask & { readonly owner: Owner | undefined },
): Promise<TaskOutcome<null>> {
  return settle(() => {
    const end = (fd: number) => {
      fchmodSync(fd, 0o500);
      if (task.owner) fchownSync(fd, task.owner.uid, task.owner.gid);
    };
    walk(task.directoryFd, '', { end });
    return null;
  });
}

function measure(directoryFd: number, begin?: (fd: number) => void): Measure {
  let total = emptyMeasure;
  const file = (stat: Stats) => {
    total = addMeasures(total, measureOf(stat));
  };
  walk(directoryFd, '', { file, ...(begin && { begin }) }, true);
  return total;
}

function walk(fd: number, path: string, steps: Walk, isStrict = false): void {
  at('target', path, () => steps.begin?.(fd));
  const entries = at('target', path, () =>
    readdirSync(pathAt(fd, ''), { withFileTypes: true, encoding: 'latin1' }),
  );
  for (const { name } of entries) {
    const below = path === '' ? name : `${path}/${name}`;
    const stat = at('target', below, () => lstatSync(pathAt(fd, name)));
    if (stat.isDirectory()) {
      const folder = at('target', below, () => openSync(pathAt(fd, name), directoryFlags));
      try {
        walk(folder, below, steps, isStrict);
      } finally {
        closeSync(folder);
      }
    } else if (stat.isFile() || stat.isSymbolicLink()) steps.file?.(stat);
    else if (isStrict) throw changed(below);
  }
  at('target', path, () => steps.end?.(fd));
}
