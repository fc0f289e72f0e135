import { opendir } from 'node:fs/promises';
import { fileNameFromLatin1 } from '../model/fileName.ts';
import { endFolder } from './copy/copyTree.ts';
import { type OpenDirectory, openDirectoryAt, pathIn } from './mounted/openAt.ts';
import type { Owner } from './threads/treeTasks.ts';

/** Makes a folder and all folders beneath it read-only, and gives them to their owner. No link is followed. */
export async function sealFolders(folder: OpenDirectory, owner: Owner | undefined): Promise<void> {
  const entries = await opendir(pathIn(folder), { encoding: 'latin1' });
  for await (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const name = fileNameFromLatin1(entry.name);
    await using below = await openDirectoryAt(pathIn(folder, name), [...folder.location, name]);
    await sealFolders(below, owner);
  }
  await endFolder(folder, owner);
}
