import { lstatSync } from 'node:fs';
import { pathAt } from '../../../shared/storage/io/descriptors.ts';
import { type FolderWalk, walkFolder } from './walkFolder.ts';

/** The contents of a folder and its subfolders, as far as they were counted. */
interface FolderSize {
  readonly bytes: number;
  readonly files: number;
  readonly folders: number;
  /** Links are not followed. */
  readonly links: number;
  readonly isComplete: boolean;
}

/** Counts the contents of a folder, for a limited time. */
export function measureFolder(walk: FolderWalk): FolderSize {
  const size = { bytes: 0, files: 0, folders: 0, links: 0 };
  const stoppedAt = walkFolder(walk, {
    meet({ kind, folderFd, name }) {
      if (kind === 'directory') size.folders += 1;
      if (kind === 'link') size.links += 1;
      if (kind !== 'file') return false;
      size.files += 1;
      size.bytes += lstatSync(pathAt(folderFd, name), { throwIfNoEntry: false })?.size ?? 0;
      return false;
    },
    enters: () => true,
  });
  return { ...size, isComplete: stoppedAt === undefined };
}
